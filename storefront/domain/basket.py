"""A basket: products with quantities, from a cart or from the API's items, before they are priced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storefront.domain.catalogue import MAX_QUANTITY, Product
from storefront.domain.coupon import Coupon
from storefront.domain.pricing import Discount, Item, Quote, quote
from storefront.domain.shipping import ShippingOption
from storefront.errors import InvalidInput, OutOfStock, ProductUnavailable

MAX_LINES = 50


@dataclass(frozen=True, slots=True)
class Basket:
    """What is to be bought; it has each product once, and at most one plan.

    `has_trial` lets a plan with trial days cost nothing today; somebody who had it before gets none.
    """

    goods: tuple[tuple[Product, int], ...]
    has_trial: bool = True

    @property
    def subtotal_minor(self) -> int:
        """Return the merchandise before any coupon."""
        return sum(self.due_minor(product) * quantity for product, quantity in self.goods)

    @property
    def shipped_minor(self) -> int:
        """Return the goods that ship, before any coupon: what free delivery is measured by, plans and files not."""
        return sum(product.price_minor * quantity for product, quantity in self.goods if product.is_physical)

    @property
    def plan(self) -> Product | None:
        """Return the plan in it, if there is one."""
        return next((product for product, _ in self.goods if product.is_plan), None)

    def trial_days(self, product: Product) -> int:
        """Return for how many days a plan is tried before it is charged."""
        return product.trial_days if product.is_plan and self.has_trial else 0

    def due_minor(self, product: Product) -> int:
        """Return what one unit costs today."""
        return 0 if self.trial_days(product) else product.price_minor

    @property
    def needs_shipping(self) -> bool:
        """Return whether something has to be delivered."""
        return any(product.is_physical for product, _ in self.goods)

    @property
    def is_returnable(self) -> bool:
        """Return whether the law lets its buyer withdraw from some of the goods that are delivered."""
        return any(product.is_physical and not product.withdrawal_exception for product, _ in self.goods)

    @property
    def needs_consent(self) -> bool:
        """Return whether something starts at once, which ends the right of withdrawal."""
        return any(not product.is_physical for product, _ in self.goods)

    @property
    def for_coupon(self) -> list[tuple[str, str, int]]:
        """Return (product id, category, line total), as a coupon's rules need it."""
        return [(product.id, product.category.slug, self.due_minor(product) * n) for product, n in self.goods]

    @property
    def wanted_stock(self) -> Mapping[str, int]:
        """Return the units to reserve by product id."""
        return {product.id: quantity for product, quantity in self.goods if product.is_physical}

    def require_available(self, language: str) -> None:
        """Raise `ProductUnavailable` or `OutOfStock` for what cannot be bought now, named in a language."""
        for product, _ in self.goods:
            if not product.is_published:
                raise ProductUnavailable(product_id=product.id, name=product.name_in(language))
        plans = [quantity for product, quantity in self.goods if product.is_plan]
        if len(plans) > 1:
            raise InvalidInput({"items": "one_plan"})
        if plans and plans[0] > 1:
            raise InvalidInput({"quantity": "one_of_plan"})
        short = [
            (product.id, product.name_in(language), quantity, product.available)
            for product, quantity in self.goods
            if product.is_physical and quantity > product.available
        ]
        if short:
            raise OutOfStock(shortages=short)

    def price(self, *, coupon: Coupon | None, offer: ShippingOption | None, language: str) -> Quote:
        """Return the quote; `offer` is the chosen way of delivery, None while nothing is chosen."""
        return quote(
            [self._item(product, quantity, coupon, language) for product, quantity in self.goods],
            discount=coupon.discount if coupon else None,
            shipping_minor=offer.price_minor if offer else 0,
            shipping_method=offer.method if offer else None,
        )

    def _item(self, product: Product, quantity: int, coupon: Coupon | None, language: str) -> Item:
        return Item(
            product_id=product.id,
            name=product.name_in(language),
            quantity=quantity,
            unit_price_minor=self.due_minor(product),
            tax_basis_points=product.tax_basis_points,
            ships=product.is_physical,
            is_discountable=coupon.covers(product.id, product.category.slug) if coupon else True,
        )


def merge(items: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Add up the quantities of each product key, or raise `InvalidInput` naming the line that cannot be."""
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
