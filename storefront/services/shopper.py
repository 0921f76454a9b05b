"""Who is shopping: a customer, or a guest known by the secret of a cart."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_

from storefront.domain.order import Order


@dataclass(frozen=True, slots=True)
class Shopper:
    """The person at a browser or phone; `email` is the address of the account, None for a guest.

    `order_ids` are public ids of orders that this browser placed as a guest. They count only while they belong to no
    account: whoever finds a browser in which somebody bought once must not open, or cancel, what belongs to an account
    that asks for a password.
    """

    customer_id: str | None = None
    cart_token: str | None = None
    order_ids: tuple[str, ...] = ()
    email: str | None = None

    def owns(self, order: Order) -> bool:
        """Return whether the order is this person's."""
        if order.customer_id is not None:
            return order.customer_id == self.customer_id
        return order.public_id in self.order_ids

    @property
    def owned(self) -> ColumnElement[bool]:
        """Return the same as a condition on orders."""
        as_guest = and_(Order.customer_id.is_(None), Order.public_id.in_(self.order_ids))
        return as_guest if self.customer_id is None else or_(as_guest, Order.customer_id == self.customer_id)
