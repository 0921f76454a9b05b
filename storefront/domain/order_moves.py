"""The allowed changes of an order's status and of its payment status: one table for each, and the history's rule."""

from collections.abc import Mapping

from storefront.enums import OrderEventKind, OrderStatus, PaymentStatus

MOVES: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.CONFIRMED, OrderStatus.CANCELLED}),
    OrderStatus.CONFIRMED: frozenset({OrderStatus.PROCESSING, OrderStatus.CANCELLED, OrderStatus.REFUNDED}),
    OrderStatus.PROCESSING: frozenset({OrderStatus.SHIPPED, OrderStatus.CANCELLED, OrderStatus.REFUNDED}),
    OrderStatus.SHIPPED: frozenset({OrderStatus.DELIVERED, OrderStatus.RETURNED, OrderStatus.REFUNDED}),
    OrderStatus.DELIVERED: frozenset({OrderStatus.RETURNED, OrderStatus.REFUNDED}),
    OrderStatus.RETURNED: frozenset({OrderStatus.REFUNDED}),
    # Money that arrives after the release confirms the order while stock is left; no other change is allowed.
    OrderStatus.CANCELLED: frozenset({OrderStatus.CONFIRMED}),
    OrderStatus.REFUNDED: frozenset(),
}

PAYMENT_MOVES: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.PENDING: frozenset({PaymentStatus.PROCESSING, PaymentStatus.PAID, PaymentStatus.FAILED}),
    PaymentStatus.PROCESSING: frozenset({PaymentStatus.PAID, PaymentStatus.FAILED}),
    PaymentStatus.FAILED: frozenset({PaymentStatus.PROCESSING, PaymentStatus.PAID}),
    PaymentStatus.PAID: frozenset({PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}),
    PaymentStatus.PARTIALLY_REFUNDED: frozenset({PaymentStatus.REFUNDED}),
    PaymentStatus.REFUNDED: frozenset(),
}

STEPS_BACK: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.REFUNDED: frozenset(
        {
            OrderStatus.CONFIRMED,
            OrderStatus.PROCESSING,
            OrderStatus.SHIPPED,
            OrderStatus.DELIVERED,
            OrderStatus.RETURNED,
        }
    ),
}
"""Where an order goes back to when the money of its refund did not arrive; nothing else leaves an end."""

PAYMENT_STEPS_BACK: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.PARTIALLY_REFUNDED: frozenset({PaymentStatus.PAID}),
    PaymentStatus.REFUNDED: frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED}),
}


def known_moves() -> str:
    """Return the rule that a line of the history names statuses of its own kind."""
    kinds = ((OrderEventKind.STATUS, OrderStatus), (OrderEventKind.PAYMENT, PaymentStatus))
    texts = [(kind, ", ".join(f"'{status}'" for status in statuses)) for kind, statuses in kinds]
    moves = [f"kind = '{kind}' AND old IN ({known}) AND new IN ({known})" for kind, known in texts]
    return " OR ".join([f"kind = '{OrderEventKind.NOTE}'", *moves])
