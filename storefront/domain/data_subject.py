"""Somebody whose data the shop holds (Ley 1581 of 2012 calls them `titular`), and what staff keep about them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, and_
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base
from storefront.domain.order import Order
from storefront.domain.persons import canonical_email
from storefront.enums import DataRequestKind

MAX_NOTE = 1000


class OfSubject:
    """The columns of a row about an account holder, or about a guest by e-mail."""

    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    email: Mapped[str | None] = mapped_column(String(254), index=True)


@dataclass(frozen=True, slots=True)
class DataSubject:
    """An account holder, or a guest known by the e-mail of orders that belong to no account.

    `reference` names them in addresses of pages and in the audit: the account's id, or the public id of a guest's
    newest order. `is_proved` says whether the e-mail is known to be theirs: an account's once it was confirmed.
    """

    reference: str
    email: str
    customer_id: str | None = None
    is_proved: bool = True

    @property
    def is_guest(self) -> bool:
        """Return whether they have no account."""
        return self.customer_id is None

    @property
    def person(self) -> str:
        """Return their mailbox, whatever way they wrote its address."""
        return canonical_email(self.email)

    @property
    def orders(self) -> ColumnElement[bool]:
        """Return the condition for their orders."""
        if self.customer_id is not None:
            return Order.customer_id == self.customer_id
        return and_(Order.customer_id.is_(None), Order.email == self.email)

    def rows_of(self, table: type[OfSubject]) -> ColumnElement[bool]:
        """Return the condition for what staff keep about them in a table."""
        if self.customer_id is not None:
            return table.customer_id == self.customer_id
        return and_(table.customer_id.is_(None), table.email == self.email)

    @property
    def key(self) -> dict[str, str | None]:
        """Return the columns that make a row theirs."""
        return {"customer_id": self.customer_id, "email": self.email if self.is_guest else None}


class CustomerNote(OfSubject, Base):
    """What somebody of the staff wrote about a customer, who never sees it; `author` is their name as it was then."""

    __tablename__ = "customer_notes"
    __table_args__ = (
        CheckConstraint("text <> ''", name="text_given"),
        CheckConstraint("(customer_id IS NULL) <> (email IS NULL)", name="one_subject"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(String(254))
    text: Mapped[str] = mapped_column(String(MAX_NOTE))
    at: Mapped[datetime]


class DataRequest(OfSubject, Base):
    """What somebody asked about their data, and the day until which the law gives the shop time.

    `received_on` and `due_on` are days in Colombia as ISO texts. It is open until `done_at`, and stays as the proof
    that it was answered: after an erasure nobody is behind it any more.
    """

    __tablename__ = "data_requests"
    __table_args__ = (
        CheckConstraint("(customer_id IS NULL) <> (email IS NULL)", name="one_subject"),
        CheckConstraint(
            "received_on LIKE '____-__-__' AND due_on LIKE '____-__-__' AND received_on <= due_on", name="days_in_order"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DataRequestKind]
    received_on: Mapped[str] = mapped_column(String(10))
    due_on: Mapped[str] = mapped_column(String(10), index=True)
    author: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
