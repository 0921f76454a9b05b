"""Delivery as it is typed: methods, a price with days for each method and zone, the cut-off hour, and pickup."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from storefront.domain.shipping import Rate, Tariff
from storefront.enums import Method, Zone
from storefront.money import PESO, pesos
from storefront.text import line_problem

MAX_DAYS = 365
MAX_NAME = 60
MAX_ADDRESS = 160
MAX_HOURS = 120
MAX_PRICE_MINOR = pesos(10_000_000)
MAX_THRESHOLD_MINOR = pesos(1_000_000_000)
_MIDNIGHT = 24
Pair = tuple[Method, Zone]

PAIRS: tuple[Pair, ...] = tuple(
    (method, zone) for method in Method for zone in Zone if method != Method.PICKUP or zone == Zone.LOCAL
)
"""Each method in each zone; pickup is where the counter stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodDraft:
    """A method; without a name it is called what the shop calls it, and without a threshold it always costs."""

    is_active: bool = True
    name: str = ""
    name_en: str = ""
    free_from_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceDraft:
    """What a method costs in a zone, and its business days; without a price it is not offered there."""

    price_minor: int | None = None
    min_days: int | None = None
    max_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDraft:
    """All of it; what is empty of hour and pickup is as the environment says."""

    methods: Mapping[Method, MethodDraft]
    prices: Mapping[Pair, PriceDraft] = field(default_factory=dict)
    cut_off_hour: int | None = None
    pickup_address: str = ""
    pickup_hours: str = ""
    pickup_hours_en: str = ""

    @property
    def tariff(self) -> Tariff:
        """Return the tariff that buyers would be offered; the lowest price of a method is its base."""
        priced = {pair: price for pair, price in self.prices.items() if price.price_minor is not None}
        bases = self.bases
        rates = [
            Rate(method, zone, (one.price_minor or 0) - bases[method], one.min_days or 0, one.max_days or 0)
            for (method, zone), one in priced.items()
        ]
        drafts = self.methods.items()
        thresholds = {method: one.free_from_minor for method, one in drafts if one.free_from_minor is not None}
        off = frozenset(method for method, one in drafts if not one.is_active)
        return Tariff(tuple(rates), bases, thresholds, off, self.cut_off_hour)

    @property
    def bases(self) -> dict[Method, int]:
        """Return the lowest price of each method that has one."""
        found: dict[Method, int] = {}
        for (method, _zone), one in self.prices.items():
            if one.price_minor is not None:
                found[method] = min(one.price_minor, found.get(method, one.price_minor))
        return found


def problems_of(draft: DeliveryDraft) -> dict[str, str]:
    """Return an error code for each field that holds what cannot be; fields of methods and pairs begin with them."""
    problems = dict(_pickup(draft))
    for method, one in draft.methods.items():
        problems |= {f"{method}-{name}": code for name, code in _method(one)}
    for (method, zone), price in draft.prices.items():
        problems |= {f"{method}-{zone}-{name}": code for name, code in _price(price)}
    offered = {method for (method, _zone), one in draft.prices.items() if one.price_minor is not None}
    if not any(one.is_active and method in offered for method, one in draft.methods.items()):
        problems["standard-is_active"] = "none_left"
    return problems


def _pickup(draft: DeliveryDraft) -> Iterator[tuple[str, str]]:
    if draft.cut_off_hour is not None and not 0 <= draft.cut_off_hour <= _MIDNIGHT:
        yield "cut_off_hour", "out_of_range"
    if code := line_problem(draft.pickup_address, MAX_ADDRESS, is_required=False):
        yield "pickup_address", code
    yield from _both("pickup_hours", draft.pickup_hours, draft.pickup_hours_en, MAX_HOURS)


def _method(draft: MethodDraft) -> Iterator[tuple[str, str]]:
    yield from _both("name", draft.name, draft.name_en, MAX_NAME)
    if draft.free_from_minor is not None and (code := _amount(draft.free_from_minor, MAX_THRESHOLD_MINOR)):
        yield "free_from", code


def _price(draft: PriceDraft) -> Iterator[tuple[str, str]]:
    if draft.price_minor is None:
        return
    if code := _amount(draft.price_minor, MAX_PRICE_MINOR):
        yield "price", code
    for name, days in (("min_days", draft.min_days), ("max_days", draft.max_days)):
        if days is None:
            yield name, "required"
        elif not 0 <= days <= MAX_DAYS:
            yield name, "out_of_range"
    if draft.min_days is not None and draft.max_days is not None and draft.max_days < draft.min_days:
        yield "max_days", "before_first"


def _both(name: str, spanish: str, english: str, most: int) -> Iterator[tuple[str, str]]:
    """Check a text that has both languages or is empty in both."""
    for field_name, text in ((name, spanish), (f"{name}_en", english)):
        if code := line_problem(text, most, is_required=bool(spanish or english)):
            yield field_name, code


def _amount(amount_minor: int, most: int) -> str:
    if amount_minor % PESO:
        return "centavos"
    return "" if 0 <= amount_minor <= most else "out_of_range"
