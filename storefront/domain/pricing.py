"""Pricing: frozen values in, a quote out. Everything is computed anew each time, in one order:

unit prices, line totals, coupon (split over the lines), shipping, contained tax, total.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from storefront.enums import CouponKind, Method
from storefront.money import CURRENCY, percent_of, split, tax_contained


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A variant's units and its catalogue price (minor units, IVA included)."""

    product_id: str
    variant_id: str
    sku: str
    options: dict[str, str]
    name: str
    quantity: int
    unit_price_minor: int
    tax_basis_points: int
    ships: bool
    is_discountable: bool = True

    @property
    def total_minor(self) -> int:
        """Return the line's total before any discount."""
        return self.unit_price_minor * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """What an accepted coupon grants: `percent` (whole), `fixed` (minor units) or `free_shipping` (standard only)."""

    code: str
    kind: CouponKind
    value: int
    cap_minor: int | None = None

    def amount(self, discountable_minor: int) -> int:
        """Return the discount in minor units, never more than what it applies to."""
        if self.kind == CouponKind.FREE_SHIPPING:
            return 0
        amount = percent_of(discountable_minor, self.value) if self.kind == CouponKind.PERCENT else self.value
        if self.cap_minor is not None:
            amount = min(amount, self.cap_minor)
        return min(amount, discountable_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """A priced line; `tax_minor` is the IVA contained in what remains after the discount."""

    product_id: str
    variant_id: str
    sku: str
    options: dict[str, str]
    name: str
    quantity: int
    unit_price_minor: int
    total_minor: int
    discount_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What everything costs: `total = subtotal - discount + shipping`, exactly.

    `coupon_code` names a coupon that gives something; one that lowers neither goods nor freight is left out.
    """

    lines: tuple[QuoteLine, ...]
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    coupon_code: str | None = None
    shipping_method: Method | None = None
    currency: str = CURRENCY

    @property
    def quote_hash(self) -> str:
        """Return a hash of the quote: two quotes with one hash are the same to the centavo."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()


def quote(
    items: Sequence[Item],
    *,
    discount: Discount | None = None,
    shipping_minor: int = 0,
    shipping_method: Method | None = None,
) -> Quote:
    """Price items; `shipping_minor` is the method's price for this place, free-shipping rules applied."""
    weights = [item.total_minor if item.is_discountable else 0 for item in items]
    off = discount.amount(sum(weights)) if discount else 0
    # Express and overnight always cost.
    pays_freight = (
        discount is not None and discount.kind == CouponKind.FREE_SHIPPING and shipping_method == Method.STANDARD
    )
    gives = off > 0 or (pays_freight and shipping_minor > 0)
    shipping_minor = 0 if pays_freight else shipping_minor
    lines = tuple(_line(item, part) for item, part in zip(items, split(off, weights), strict=True))
    subtotal = sum(line.total_minor for line in lines)
    return Quote(
        lines=lines,
        subtotal_minor=subtotal,
        discount_minor=off,
        shipping_minor=shipping_minor,
        tax_minor=sum(line.tax_minor for line in lines),
        total_minor=subtotal - off + shipping_minor,
        coupon_code=discount.code if discount and gives else None,
        shipping_method=shipping_method,
    )


def _line(item: Item, discount_minor: int) -> QuoteLine:
    return QuoteLine(
        product_id=item.product_id,
        variant_id=item.variant_id,
        sku=item.sku,
        options=item.options,
        name=item.name,
        quantity=item.quantity,
        unit_price_minor=item.unit_price_minor,
        total_minor=item.total_minor,
        discount_minor=discount_minor,
        tax_minor=tax_contained(item.total_minor - discount_minor, item.tax_basis_points),
    )
