"""A coupon as it is typed, and what is wrong with it without a look at the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from storefront.domain.coupon import CODE_LETTERS, Coupon
from storefront.enums import CouponKind
from storefront.money import PESO, pesos

MAX_CODE = 40
MAX_USES = 1_000_000
MAX_AMOUNT_MINOR = pesos(1_000_000_000)
_MOST_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponDraft:
    """A coupon; `value` is whole percent or minor units by its kind, and nothing for free delivery."""

    code: str
    kind: CouponKind
    value: int | None = None
    cap_minor: int | None = None
    minimum_minor: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    max_uses: int | None = None
    max_uses_per_customer: int | None = None
    is_first_order_only: bool = False
    categories: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


def draft_of(coupon: Coupon) -> CouponDraft:
    """Return a stored coupon as somebody would type it."""
    return CouponDraft(
        code=coupon.code,
        kind=coupon.kind,
        value=None if coupon.kind == CouponKind.FREE_SHIPPING else coupon.value,
        cap_minor=coupon.cap_minor,
        minimum_minor=coupon.minimum_minor,
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
        max_uses=coupon.max_uses,
        max_uses_per_customer=coupon.max_uses_per_customer,
        is_first_order_only=coupon.is_first_order_only,
        categories=tuple(coupon.categories),
        products=tuple(coupon.products),
    )


def problems_of(draft: CouponDraft) -> dict[str, str]:
    """Return an error code for each field that holds what cannot be."""
    return dict([*_numbers(draft), *_texts(draft)])


def _texts(draft: CouponDraft) -> Iterator[tuple[str, str]]:
    if not draft.code:
        yield "code", "required"
    elif len(draft.code) > MAX_CODE:
        yield "code", "too_long"
    elif set(draft.code) - set(CODE_LETTERS):
        yield "code", "invalid"
    if draft.starts_at and draft.ends_at and draft.ends_at <= draft.starts_at:
        yield "ends_at", "before_start"


def _numbers(draft: CouponDraft) -> Iterator[tuple[str, str]]:
    if code := _value_problem(draft):
        yield "value", code
    if draft.cap_minor is not None and draft.kind != CouponKind.PERCENT:
        yield "cap", "only_percent"
    elif draft.cap_minor is not None and (code := _amount_problem(draft.cap_minor, least=PESO)):
        yield "cap", code
    if code := _amount_problem(draft.minimum_minor, least=0):
        yield "minimum", code
    for field, number in (("max_uses", draft.max_uses), ("max_uses_per_customer", draft.max_uses_per_customer)):
        if number is not None and not 1 <= number <= MAX_USES:
            yield field, "out_of_range"


def _value_problem(draft: CouponDraft) -> str:
    if draft.kind == CouponKind.FREE_SHIPPING:
        return "not_empty" if draft.value else ""
    if draft.value is None:
        return "required"
    if draft.kind == CouponKind.PERCENT:
        return "" if 1 <= draft.value <= _MOST_PERCENT else "percent_out_of_range"
    return _amount_problem(draft.value, least=PESO)


def _amount_problem(amount_minor: int, *, least: int) -> str:
    if amount_minor % PESO:
        return "centavos"
    return "" if least <= amount_minor <= MAX_AMOUNT_MINOR else "out_of_range"
