"""A basket: variants with quantities, from a cart or from the API's items, before they are priced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from storefront.domain.catalogue import MAX_QUANTITY, Variant
from storefront.domain.coupon import Coupon
from storefront.domain.pricing import Discount, Item, Quote, quote
from storefront.domain.shipping import ShippingOption
from storefront.errors import InvalidInput, OutOfStock, ProductUnavailable

MAX_LINES = 50


@dataclass(frozen=True, slots=True)
class Basket:
    """What is to be bought; it has each variant once, and at most one plan.

    `has_trial` lets a plan with trial days cost nothing today; somebody who had it before gets none.
    """

    goods: tuple[tuple[Variant, int], ...]
    has_trial: bool = True

    @property
    def subtotal_minor(self) -> int:
        """Return the merchandise before any coupon."""
        return sum(self.due_minor(variant) * quantity for variant, quantity in self.goods)

    @property
    def shipped_minor(self) -> int:
        """Return the goods that ship, before any coupon: what free delivery is measured by, plans and files not."""
        return sum(variant.price_minor * quantity for variant, quantity in self.goods if variant.is_physical)

    @property
    def plan(self) -> Variant | None:
        """Return the plan in it, if there is one."""
        return next((variant for variant, _ in self.goods if variant.is_plan), None)

    def trial_days(self, variant: Variant) -> int:
        """Return for how many days a plan is tried before it is charged."""
        return variant.trial_days if variant.is_plan and self.has_trial else 0

    def due_minor(self, variant: Variant) -> int:
        """Return what one unit costs today."""
        return 0 if self.trial_days(variant) else variant.price_minor

    @property
    def needs_shipping(self) -> bool:
        """Return whether something has to be delivered."""
        return any(variant.is_physical for variant, _ in self.goods)

    @property
    def is_returnable(self) -> bool:
        """Return whether the law lets its buyer withdraw from some of the goods that are delivered."""
        return any(variant.is_physical and not variant.withdrawal_exception for variant, _ in self.goods)

    @property
    def needs_consent(self) -> bool:
        """Return whether something starts at once, which ends the right of withdrawal."""
        return any(not variant.is_physical for variant, _ in self.goods)

    @property
    def for_coupon(self) -> list[tuple[str, Sequence[str], int]]:
        """Return (product id, categories, line total), as a coupon's rules need it."""
        return [(variant.product_id, variant.category.slugs, self.due_minor(variant) * n) for variant, n in self.goods]

    @property
    def wanted_stock(self) -> Mapping[str, int]:
        """Return the units to reserve by variant id."""
        return {variant.id: quantity for variant, quantity in self.goods if variant.is_physical}

    def require_available(self, language: str, held: Mapping[str, int] = MappingProxyType({})) -> None:
        """Raise `ProductUnavailable` or `OutOfStock` for what cannot be bought now, named in a language.

        Units that are `held` for this buyer, by variant, can be bought besides those that are free.
        """
        for variant, _ in self.goods:
            if not variant.is_on_sale:
                raise ProductUnavailable(product_id=variant.product_id, name=variant.name_in(language))
        plans = [quantity for variant, quantity in self.goods if variant.is_plan]
        if len(plans) > 1:
            raise InvalidInput({"items": "one_plan"})
        if plans and plans[0] > 1:
            raise InvalidInput({"quantity": "one_of_plan"})
        short = [
            (variant.product_id, variant.id, variant.name_in(language), quantity, available)
            for variant, quantity in self.goods
            if variant.is_physical and quantity > (available := variant.available + held.get(variant.id, 0))
        ]
        if short:
            raise OutOfStock(shortages=short)

    def price(self, *, coupon: Coupon | None, offer: ShippingOption | None, language: str) -> Quote:
        """Return the quote; `offer` is the chosen way of delivery, None while nothing is chosen."""
        return quote(
            [self._item(variant, quantity, coupon, language) for variant, quantity in self.goods],
            discount=coupon.discount if coupon else None,
            shipping_minor=offer.price_minor if offer else 0,
            shipping_method=offer.method if offer else None,
        )

    def _item(self, variant: Variant, quantity: int, coupon: Coupon | None, language: str) -> Item:
        return Item(
            product_id=variant.product_id,
            variant_id=variant.id,
            sku=variant.sku,
            options=variant.options_in(language),
            name=variant.name_in(language),
            quantity=quantity,
            unit_price_minor=self.due_minor(variant),
            tax_basis_points=variant.tax_basis_points,
            ships=variant.is_physical,
            is_discountable=coupon.covers(variant.product_id, variant.category.slugs) if coupon else True,
        )


def merge(items: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Add up the quantities of each variant key, or raise `InvalidInput` naming the line that cannot be."""
    if len(items) > MAX_LINES:
        raise InvalidInput({"items": "too_many_lines"})
    merged: dict[str, int] = {}
    for index, (key, quantity) in enumerate(items):
        merged[key] = merged.get(key, 0) + check_quantity(quantity, f"items[{index}].quantity")
        check_quantity(merged[key], f"items[{index}].quantity")
    return merged


def check_quantity(quantity: int, field: str = "quantity") -> int:
    """Return a quantity that can be bought, or raise `InvalidInput`; booleans are no numbers here."""
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= MAX_QUANTITY:
        raise InvalidInput({field: "out_of_range"})
    return quantity


__all__ = ["MAX_LINES", "Basket", "Discount", "check_quantity", "merge"]
