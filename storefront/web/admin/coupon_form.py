"""The form of a coupon: what was typed, as text, and what it means."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput

from storefront.enums import CouponKind
from storefront.i18n import coupon_kind_label
from storefront.services.coupons import editing
from storefront.services.coupons.drafts import CouponDraft, problems_of
from storefront.web.admin.product_form import line
from storefront.web.admin.product_values import (
    Typed,
    Unreadable,
    member,
    moment_text,
    or_problem,
    pesos_text,
    read_moment,
    read_number,
    read_pesos,
)
from storefront.web.forms import Form, clean_lines
from storefront.web.number_fields import whole_number

_MOST_PRODUCTS = 200


class CouponForm(Form):
    """A coupon; `version` is that of the coupon which the page showed."""

    code = line(_l("Código"))
    kind = SelectField(_l("Tipo"), validate_choice=False, default=CouponKind.PERCENT)
    value = line(_l("Cuánto descuenta"))
    cap = line(_l("Descuento máximo, en pesos"))
    minimum = line(_l("Compra mínima, en pesos"))
    starts_at = StringField(_l("Desde"))
    ends_at = StringField(_l("Hasta"))
    max_uses = line(_l("Usos en total"))
    max_uses_per_customer = line(_l("Usos por persona"))
    is_first_order_only = BooleanField(_l("Solo en la primera compra de cada persona"))
    categories = SelectMultipleField(_l("Solo estas categorías"), option_widget=CheckboxInput(), validate_choice=False)
    products = TextAreaField(_l("Solo estos productos"), filters=[clean_lines])
    version = HiddenField(default="0")

    def __init__(self, categories: list[tuple[str, str]], **values: Any) -> None:
        super().__init__(**values)
        self.kind.choices = [(kind, coupon_kind_label(kind)) for kind in CouponKind]
        self.categories.choices = categories

    @property
    def seen_version(self) -> int:
        """Return the version that the page showed."""
        return whole_number(self.version.data or "") or 0

    def read(self) -> tuple[CouponDraft, dict[str, str]]:
        """Return what is typed, and an error code for each field that does not hold what it should."""
        problems: dict[str, str] = {}

        def read(name: str, meaning: Any) -> Any:
            return or_problem(problems, name, meaning, self[name].data)

        kind = member(CouponKind, self.kind.data)
        if kind is None:
            problems["kind"] = "required"
        draft = CouponDraft(
            code=(self.code.data or "").upper(),
            kind=kind or CouponKind.PERCENT,
            value=read("value", _read_percent if kind == CouponKind.PERCENT else read_pesos),
            cap_minor=read("cap", read_pesos),
            minimum_minor=read("minimum", read_pesos) or 0,
            starts_at=read("starts_at", read_moment),
            ends_at=read("ends_at", read_moment),
            max_uses=read("max_uses", _read_limit),
            max_uses_per_customer=read("max_uses_per_customer", _read_limit),
            is_first_order_only=bool(self.is_first_order_only.data),
            categories=tuple(self.categories.data or ()),
            products=read("products", _read_products) or (),
        )
        return draft, problems_of(draft) | problems


def typed_of(draft: CouponDraft, version: int) -> Typed:
    """Return a coupon as its form shows it."""
    is_percent = draft.kind == CouponKind.PERCENT
    return {
        "code": draft.code,
        "kind": draft.kind,
        "value": str(draft.value or "") if is_percent else pesos_text(draft.value),
        "cap": pesos_text(draft.cap_minor),
        "minimum": pesos_text(draft.minimum_minor or None),
        "starts_at": moment_text(draft.starts_at),
        "ends_at": moment_text(draft.ends_at),
        "max_uses": str(draft.max_uses or ""),
        "max_uses_per_customer": str(draft.max_uses_per_customer or ""),
        "is_first_order_only": draft.is_first_order_only,
        "categories": list(draft.categories),
        "products": "\n".join(editing.slugs_of(draft.products)),
        "version": str(version),
    }


def _read_percent(text: str) -> int | None:
    plain = text.removesuffix("%").strip()
    if not plain:
        return None
    if (number := whole_number(plain)) is None:
        raise Unreadable("percent_out_of_range")
    return number


def _read_limit(text: str) -> int | None:
    return read_number(text, None)


def _read_products(text: str) -> tuple[str, ...]:
    """Return the ids of the products that are typed by address or article number, apart by commas or lines."""
    names = list(filter(None, map(str.strip, text.replace(",", "\n").splitlines())))
    if len(names) > _MOST_PRODUCTS:
        raise Unreadable("too_long")
    found = editing.find_products(names)
    if len(found) < len({name.lower() for name in names}):
        raise Unreadable("unknown")
    return tuple(sorted(set(found.values())))
