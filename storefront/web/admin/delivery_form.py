"""The forms of delivery: what was typed, as text, and what it means."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField

from storefront.enums import Method, Zone
from storefront.i18n import field_message, method_label, zone_label
from storefront.services.delivery.carriers import CarrierDraft
from storefront.services.delivery.drafts import PAIRS, DeliveryDraft, MethodDraft, PriceDraft, problems_of
from storefront.web.admin.product_form import line
from storefront.web.admin.product_values import Typed, member, or_problem, pesos_text, read_number, read_pesos
from storefront.web.forms import Form
from storefront.web.number_fields import whole_number


class DeliveryForm(Form):
    """All of delivery; the fields of methods and pairs are named `standard-name`, `standard-local-price`, …

    `version` is that of what the page showed.
    """

    cut_off_hour = line(_l("Hora de corte"))
    pickup_address = line(_l("Dirección para recoger"))
    pickup_hours = line(_l("Horario para recoger"))
    pickup_hours_en = line(_l("Horario para recoger, en inglés"))
    version = HiddenField(default="0")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for method in Method:
            for name in ("is_active", "name", "name_en", "free_from"):
                self._call(f"{method}-{name}", method_label(method))
        for method, zone in PAIRS:
            for name in ("price", "min_days", "max_days"):
                self._call(f"{method}-{zone}-{name}", f"{method_label(method)}, {zone_label(zone)}")

    def of_method(self, method: Method, name: str) -> Any:
        """Return a field of a method."""
        return self[f"{method}-{name}"]

    def of_pair(self, method: Method, zone: Zone, name: str) -> Any:
        """Return a field of a method in a zone, None where it has none."""
        return self[f"{method}-{zone}-{name}"] if (method, zone) in PAIRS else None

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Show each problem at its field; a field of a method has the message of its kind."""
        for field in self.all_fields():
            if field.name in problems:
                kind = field.name.rpartition("-")[2]
                field.errors = [field_message(problems[field.name], f"delivery_{kind}")]

    @property
    def seen_version(self) -> int:
        """Return the version that the page showed."""
        return whole_number(self.version.data or "") or 0

    @property
    def typed(self) -> list[tuple[str, str]]:
        """Return (name, text) of what is typed, to be sent once more."""
        fields = [field for field in self.all_fields() if field.name != "csrf_token"]
        return [(one.name, "y" if one.type == "BooleanField" else str(one.data or "")) for one in fields if one.data]

    def read(self) -> tuple[DeliveryDraft, dict[str, str]]:
        """Return what is typed, and an error code for each field that does not hold what it should."""
        problems: dict[str, str] = {}

        def read(name: str, meaning: Any) -> Any:
            return or_problem(problems, name, meaning, self[name].data)

        draft = DeliveryDraft(
            methods={method: self._method(method, read) for method in Method},
            prices={(method, zone): self._price(f"{method}-{zone}", read) for method, zone in PAIRS},
            cut_off_hour=read("cut_off_hour", _read_whole),
            pickup_address=self.pickup_address.data or "",
            pickup_hours=self.pickup_hours.data or "",
            pickup_hours_en=self.pickup_hours_en.data or "",
        )
        return draft, problems_of(draft) | problems

    def _method(self, method: Method, read: Any) -> MethodDraft:
        return MethodDraft(
            is_active=bool(self[f"{method}-is_active"].data),
            name=self[f"{method}-name"].data or "",
            name_en=self[f"{method}-name_en"].data or "",
            free_from_minor=read(f"{method}-free_from", read_pesos),
        )

    def _price(self, pair: str, read: Any) -> PriceDraft:
        return PriceDraft(
            price_minor=read(f"{pair}-price", read_pesos),
            min_days=read(f"{pair}-min_days", _read_whole),
            max_days=read(f"{pair}-max_days", _read_whole),
        )

    def _call(self, name: str, of: str) -> None:
        """Say in a field's label what it belongs to, for those who do not see the table around it."""
        field = self[name]
        field.label.text = f"{of}: {field.label.text}"


_OF_METHOD: Mapping[str, Callable[[], Any]] = {
    "is_active": lambda: BooleanField(_l("Activo")),
    "name": lambda: line(_l("Nombre")),
    "name_en": lambda: line(_l("Nombre en inglés")),
    "free_from": lambda: line(_l("Gratis desde, en pesos")),
}
_OF_PAIR: Mapping[str, Callable[[], Any]] = {
    "price": lambda: line(_l("Precio, en pesos")),
    "min_days": lambda: line(_l("Días mínimos")),
    "max_days": lambda: line(_l("Días máximos")),
}
for _method in Method:
    for _name, _make in _OF_METHOD.items():
        setattr(DeliveryForm, f"{_method}-{_name}", _make())
for _pair in PAIRS:
    for _name, _make in _OF_PAIR.items():
        setattr(DeliveryForm, f"{_pair[0]}-{_pair[1]}-{_name}", _make())


class ZoneForm(Form):
    """The zone of a municipality; `seen` is the one that the page showed."""

    zone = SelectField(_l("Zona"), validate_choice=False)
    seen = HiddenField()

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.zone.choices = [(zone, zone_label(zone)) for zone in Zone]

    @property
    def chosen(self) -> Zone | None:
        """Return the zone that is chosen, if there is such a one."""
        found: Zone | None = member(Zone, self.zone.data)
        return found

    @property
    def seen_zone(self) -> Zone | None:
        """Return the zone that the page showed."""
        found: Zone | None = member(Zone, self.seen.data)
        return found


class CarrierForm(Form):
    """A carrier; `version` is that of the carrier which the page showed."""

    name = line(_l("Nombre"))
    tracking_template = StringField(_l("Enlace de rastreo"), filters=[lambda text: (text or "").strip()])
    is_active = BooleanField(_l("Activa"), default=True)
    version = HiddenField(default="0")

    def read(self) -> CarrierDraft:
        """Return what is typed."""
        return CarrierDraft(
            name=self.name.data or "",
            tracking_template=self.tracking_template.data or "",
            is_active=bool(self.is_active.data),
        )

    @property
    def seen_version(self) -> int:
        """Return the version that the page showed."""
        return whole_number(self.version.data or "") or 0


def typed_of(draft: DeliveryDraft, version: int) -> Typed:
    """Return delivery as its form shows it."""
    found: dict[str, Any] = {
        "cut_off_hour": _number_text(draft.cut_off_hour),
        "pickup_address": draft.pickup_address,
        "pickup_hours": draft.pickup_hours,
        "pickup_hours_en": draft.pickup_hours_en,
        "version": str(version),
    }
    for method, one in draft.methods.items():
        texts = {"is_active": one.is_active, "name": one.name, "name_en": one.name_en}
        found |= {f"{method}-{name}": text for name, text in texts.items()}
        found[f"{method}-free_from"] = pesos_text(one.free_from_minor)
    for (method, zone), price in draft.prices.items():
        found[f"{method}-{zone}-price"] = pesos_text(price.price_minor)
        found[f"{method}-{zone}-min_days"] = _number_text(price.min_days)
        found[f"{method}-{zone}-max_days"] = _number_text(price.max_days)
    return found


def _number_text(number: int | None) -> str:
    return "" if number is None else str(number)


def _read_whole(text: str) -> int | None:
    return read_number(text, None)
