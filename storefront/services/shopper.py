"""Who is shopping: a customer, or a guest known by the secret of a cart."""

from dataclasses import dataclass

from storefront.domain.order import Order


@dataclass(frozen=True, slots=True)
class Shopper:
    """The person at a door; `order_ids` are public ids of orders that this browser placed."""

    customer_id: str | None = None
    cart_token: str | None = None
    order_ids: tuple[str, ...] = ()

    def owns(self, order: Order) -> bool:
        """Return whether the order is this person's."""
        if self.customer_id is not None and order.customer_id == self.customer_id:
            return True
        return order.public_id in self.order_ids
