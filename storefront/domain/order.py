"""Orders: lines, prices and address as they were when the order was placed, its status and its history."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, false, func, select, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from storefront.database import Base, Minor, db
from storefront.domain.buyer_document import HasDocument
from storefront.domain.order_moves import MOVES, PAYMENT_MOVES, PAYMENT_STEPS_BACK, STEPS_BACK, known_moves
from storefront.domain.order_numbers import number_of
from storefront.domain.payment_card import HasCard
from storefront.domain.persons import canonical_email, of_new_row
from storefront.domain.shipment import Parcel, Shipment
from storefront.enums import (
    BillingInterval,
    Method,
    OrderEventCode,
    OrderEventKind,
    OrderStatus,
    PaymentStatus,
    ProductKind,
    ReviewReason,
    TaxRate,
)
from storefront.errors import NotFound, WrongState
from storefront.ids import new_id
from storefront.money import portion

_IS_HELD = text("hold_until IS NOT NULL")
_IS_OF_GUEST = text("customer_id IS NULL")
_HAS_DOCUMENT = text("document_number IS NOT NULL")
_IS_ERASED = text("erasure_asked_at IS NOT NULL")
NEEDS_DECISION = text("review_reason IS NOT NULL OR is_disputed OR is_refund_owed")
"""What an order has that staff must decide about; written as in its index, so that the index is used."""


class Order(HasDocument, HasCard, Base):
    """One purchase; its lines, prices and address never change after it was placed.

    `quote_hash` is the hash of the quote that the buyer saw. `checkout_key` ties an open order to the
    cart's revision that it was made from, so that a double click finds it instead of making another.
    `person` is the e-mail without what its provider ignores: coupons and holds count by it.
    The payment of a plan is known by its `invoice_id` first and by its `payment_id` a little later.
    `received_minor` is what was paid where that is not the total. `is_refund_owed` waits for staff: a refund
    failed, or goods came back and their money was not sent. `terms_version` is that of the terms it was made under, 0
    for those that the shop came with; nobody knows it of orders that are older than versions.
    `seller` is who sold it, as on its receipt, unknown of orders that are older than this column. `erasure_asked_at`
    is when its buyer's data had to go: what its goods need until they arrive goes then.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total_minor = subtotal_minor - discount_minor + shipping_minor", name="total_adds_up"),
        CheckConstraint("total_minor >= 0", name="total_not_negative"),
        CheckConstraint("refunded_minor >= 0 AND refunded_minor <= total_minor", name="refund_within_total"),
        CheckConstraint("discount_minor >= 0 AND discount_minor <= subtotal_minor", name="discount_within_goods"),
        CheckConstraint("shipping_minor >= 0", name="shipping_not_negative"),
        CheckConstraint("tax_minor >= 0 AND tax_minor <= total_minor", name="tax_within_total"),
        CheckConstraint("received_minor >= 0", name="received_not_negative"),
        CheckConstraint("terms_version >= 0", name="terms_version_counted"),
        CheckConstraint("language IN ('es', 'en')", name="language_known"),
        CheckConstraint(
            "delivery_earliest LIKE '____-__-__' AND delivery_latest LIKE '____-__-__'"
            " AND delivery_earliest <= delivery_latest",
            name="delivery_in_order",
        ),
        CheckConstraint("(document_type IS NULL) = (document_number IS NULL)", name="document_whole"),
        Index("ix_orders_open", "status", "hold_until"),
        Index("ix_orders_customer", "customer_id", "id"),
        Index("ix_orders_placed_at", "placed_at", "id"),
        Index("ix_orders_paid_at", "paid_at"),
        Index("ix_orders_person", "person", "paid_at"),
        Index("ix_orders_to_decide", "id", postgresql_where=NEEDS_DECISION, sqlite_where=NEEDS_DECISION),
        Index("ix_orders_hold_person", "person", postgresql_where=_IS_HELD, sqlite_where=_IS_HELD),
        Index("ix_orders_hold_customer", "customer_id", postgresql_where=_IS_HELD, sqlite_where=_IS_HELD),
        Index("ix_orders_hold_network", "network", postgresql_where=_IS_HELD, sqlite_where=_IS_HELD),
        Index("ix_orders_guests", "id", postgresql_where=_IS_OF_GUEST, sqlite_where=_IS_OF_GUEST),
        Index("ix_orders_document", "document_number", postgresql_where=_HAS_DOCUMENT, sqlite_where=_HAS_DOCUMENT),
        Index("ix_orders_erased", "id", postgresql_where=_IS_ERASED, sqlite_where=_IS_ERASED),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_id)
    token_digest: Mapped[str] = mapped_column("token", String(64))
    checkout_key: Mapped[str | None] = mapped_column(String(80), unique=True)
    cart_id: Mapped[int | None] = mapped_column(index=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    email: Mapped[str] = mapped_column(String(254), index=True)
    person: Mapped[str] = mapped_column(String(254), default=of_new_row, server_default="")
    language: Mapped[str] = mapped_column(String(2))
    network: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[OrderStatus] = mapped_column(default=OrderStatus.PENDING)
    payment_status: Mapped[PaymentStatus] = mapped_column(default=PaymentStatus.PENDING)
    currency: Mapped[str] = mapped_column(String(3))
    subtotal_minor: Mapped[Minor]
    discount_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    total_minor: Mapped[Minor]
    refunded_minor: Mapped[Minor] = mapped_column(default=0)
    quote_hash: Mapped[str] = mapped_column("seal", String(64))
    payment_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    invoice_id: Mapped[str | None] = mapped_column(String(255), unique=True, index=True)
    coupon_code: Mapped[str | None] = mapped_column(String(40))
    shipping_method: Mapped[Method | None]
    address: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    delivery_earliest: Mapped[str | None] = mapped_column(String(10))
    delivery_latest: Mapped[str | None] = mapped_column(String(10))
    notes: Mapped[str] = mapped_column(String(500), default="")
    consent: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    review_reason: Mapped[ReviewReason | None]
    received_minor: Mapped[Minor | None]
    received_currency: Mapped[str | None] = mapped_column(String(3))
    is_disputed: Mapped[bool] = mapped_column(default=False)
    dispute_id: Mapped[str | None] = mapped_column(String(255))
    dispute_status: Mapped[str | None] = mapped_column(String(30))
    is_refund_owed: Mapped[bool] = mapped_column(default=False, server_default=false())
    search_text: Mapped[str] = mapped_column(Text, default="", server_default="", deferred=True)  # see order_search
    terms_version: Mapped[int | None]
    seller: Mapped[dict[str, str] | None] = mapped_column(JSON)
    placed_at: Mapped[datetime]
    hold_until: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    erasure_asked_at: Mapped[datetime | None]

    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id", lazy="raise")
    history: Mapped[list["OrderEvent"]] = relationship(order_by="OrderEvent.id", lazy="raise")
    shipment: Mapped[Shipment | None] = relationship(lazy="raise")
    parcels: Mapped[list[Parcel]] = relationship(order_by=Parcel.sequence, lazy="raise")

    @validates("email")
    def _set_person(self, _name: str, email: str) -> str:
        self.person = canonical_email(email)
        return email

    @property
    def number(self) -> str:
        """Return the number that people read out on the phone."""
        return number_of(self.id, self.placed_at)

    @property
    def payment_reference(self) -> str | None:
        """Return what leads to its money at the provider: the payment, or the invoice while only that is known."""
        return self.payment_id or self.invoice_id

    @property
    def is_paid(self) -> bool:
        """Return whether the money arrived, whatever became of it later."""
        return self.paid_at is not None

    @hybrid_property
    def paid_minor(self) -> int:
        """Return what was paid, or is due: the total, unless another amount came."""
        return self.total_minor if self.received_minor is None else self.received_minor

    @paid_minor.inplace.expression
    @classmethod
    def _paid_minor(cls) -> ColumnElement[int]:
        return func.coalesce(cls.received_minor, cls.total_minor).label("paid_minor")

    @property
    def overpaid_minor(self) -> int:
        """Return what was paid beyond the total, which goes back and is no refund of the order."""
        return max(0, self.paid_minor - self.total_minor)

    @property
    def captured_minor(self) -> int:
        """Return what can be given back of the order: its total, or the less that was accepted for it."""
        return min(self.paid_minor, self.total_minor)

    def move(
        self,
        to: OrderStatus,
        *,
        cause: str,
        now: datetime,
        note: str = "",
        code: OrderEventCode = OrderEventCode.MOVED,
    ) -> None:
        """Change the status, or raise `WrongState`; the history records when and why."""
        if to not in MOVES[self.status]:
            raise WrongState(status=self.status, wanted=to)
        self._record(OrderEventKind.STATUS, self.status, to, cause, now, note, code)
        self.status = to

    def move_payment(
        self,
        to: PaymentStatus,
        *,
        cause: str,
        now: datetime,
        note: str = "",
        code: OrderEventCode = OrderEventCode.MOVED,
    ) -> None:
        """Change the payment status, or raise `WrongState`."""
        if to not in PAYMENT_MOVES[self.payment_status]:
            raise WrongState(status=self.payment_status, wanted=to)
        self._record(OrderEventKind.PAYMENT, self.payment_status, to, cause, now, note, code)
        self.payment_status = to

    def step_back(self, to: OrderStatus, *, cause: str, now: datetime, note: str) -> None:
        """Return to an earlier status because a refund did not arrive, or raise `WrongState`."""
        if to not in STEPS_BACK.get(self.status, ()):
            raise WrongState(status=self.status, wanted=to)
        self._record(OrderEventKind.STATUS, self.status, to, cause, now, note, OrderEventCode.REFUND_UNDONE)
        self.status = to

    def step_payment_back(self, to: PaymentStatus, *, cause: str, now: datetime, note: str) -> None:
        """Return to an earlier payment status because a refund did not arrive, or raise `WrongState`."""
        if to not in PAYMENT_STEPS_BACK.get(self.payment_status, ()):
            raise WrongState(status=self.payment_status, wanted=to)
        self._record(OrderEventKind.PAYMENT, self.payment_status, to, cause, now, note, OrderEventCode.REFUND_UNDONE)
        self.payment_status = to

    def add_note(self, code: OrderEventCode, note: str, *, cause: str, now: datetime) -> None:
        """Write something into the history that changes no status."""
        self._record(OrderEventKind.NOTE, None, None, cause, now, note, code)

    def _record(
        self,
        kind: OrderEventKind,
        old: str | None,
        new: str | None,
        cause: str,
        now: datetime,
        note: str,
        code: OrderEventCode,
    ) -> None:
        texts = {"cause": cause[:80], "note": note[:300]}
        db.session.add(OrderEvent(order_id=self.id, kind=kind, old=old, new=new, code=code, at=now, **texts))


class OrderLine(Base):
    """A bought line, frozen: name, options, article number, price, tax and picture as they were at the time.

    A plan has its `interval`, its price each time, the days for which it was tried for nothing, and the period that
    its invoice charged, once that is known.
    `tax_rate` is the kind of its rate, for no IVA can mean `zero` or `excluded`; empty where nobody knows it any more.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("restocked >= 0 AND restocked <= quantity", name="restocked_within_sold"),
        CheckConstraint("refunded >= 0 AND refunded <= quantity", name="refunded_within_sold"),
        CheckConstraint("unit_price_minor >= 0 AND total_minor >= 0", name="price_not_negative"),
        CheckConstraint("discount_minor >= 0 AND discount_minor <= total_minor", name="discount_within_line"),
        CheckConstraint("tax_minor >= 0 AND tax_minor <= total_minor - discount_minor", name="tax_within_line"),
        CheckConstraint("tax_basis_points BETWEEN 0 AND 10000", name="tax_rate_in_range"),
        CheckConstraint("recurring_minor >= 0", name="recurring_not_negative"),
        CheckConstraint("trial_days BETWEEN 0 AND 730", name="trial_in_range"),
        CheckConstraint("period_start <= period_end", name="period_in_order"),
        Index("ix_order_lines_product", "product_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    product_id: Mapped[str | None] = mapped_column(ForeignKey("products.id"))
    variant_id: Mapped[str | None] = mapped_column(ForeignKey("variants.id"))
    sku: Mapped[str] = mapped_column(String(80), default="", server_default="")
    options: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    slug: Mapped[str] = mapped_column(String(80))
    kind: Mapped[ProductKind]
    name: Mapped[str] = mapped_column(String(250))
    image: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[int]
    unit_price_minor: Mapped[Minor]
    total_minor: Mapped[Minor]
    discount_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    tax_basis_points: Mapped[int]
    tax_rate: Mapped[TaxRate] = mapped_column(default=TaxRate.UNKNOWN, server_default="")
    interval: Mapped[BillingInterval | None]
    recurring_minor: Mapped[Minor | None]
    trial_days: Mapped[int] = mapped_column(default=0)
    period_start: Mapped[datetime | None]
    period_end: Mapped[datetime | None]
    restocked: Mapped[int] = mapped_column(default=0)
    refunded: Mapped[int] = mapped_column(default=0)

    @property
    def list_price_minor(self) -> int:
        """Return the catalogue's price at the time; a plan that is tried first costs less today."""
        return self.unit_price_minor if self.recurring_minor is None else self.recurring_minor

    @property
    def net_minor(self) -> int:
        """Return what was paid for the line: its total less its share of the discount."""
        return self.total_minor - self.discount_minor

    def refund_minor(self, units: int) -> int:
        """Return the money for `units` more of the line, so that any sequence of refunds ends at its net exactly."""
        return self.worth_minor(self.refunded + units) - self.worth_minor(self.refunded)

    def restockable_units(self, order: "Order") -> int:
        """Return the units that are not the buyer's any more, refunded or come back, and not restocked either."""
        if self.kind != ProductKind.PHYSICAL or self.variant_id is None:
            return 0
        is_all_back = order.status in (OrderStatus.RETURNED, OrderStatus.REFUNDED)
        return max(0, (self.quantity if is_all_back else self.refunded) - self.restocked)

    def worth_minor(self, units: int) -> int:
        """Return what was paid for the first `units` of the line."""
        return portion(self.net_minor, units, self.quantity)


class OrderEvent(Base):
    """One line of an order's history; `cause` is a webhook, a page, the cleanup job, staff or the customer.

    `code` names what happened, and pages show a text made from it; `note` is for staff and no code reads it.
    """

    __tablename__ = "order_events"
    __table_args__ = (CheckConstraint(known_moves(), name="moves_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    kind: Mapped[OrderEventKind]
    code: Mapped[OrderEventCode] = mapped_column(default=OrderEventCode.MOVED, server_default="moved")
    old: Mapped[str | None] = mapped_column(String(20))
    new: Mapped[str | None] = mapped_column(String(20))
    cause: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime]


def lock(order_id: int) -> Order:
    """Return the order with its row locked until the commit, so that no one else moves it meanwhile."""
    order = db.session.scalar(select(Order).where(Order.id == order_id).with_for_update())
    if order is None:
        raise NotFound()
    return order
