"""Petitions, complaints, claims and suggestions (PQR), each with a filing number, a deadline and its answers."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.clock import day_of
from storefront.database import Base
from storefront.domain.order_numbers import sequence_of
from storefront.domain.persons import of_new_row
from storefront.enums import RequestKind, RequestStatus

MAX_NAME = 120
MAX_ORDER_NUMBER = 40
MAX_TEXT = 4000
MAX_ANSWER = 4000
MAX_NOTE = 300
ANSWER_WITHIN = 15
"""Business days, counted from the day after it was filed (Ley 1755 of 2015, article 14)."""

_PREFIX = "PQR-"


class CustomerRequest(Base):
    """What somebody asked of the shop; `digest` is of the whole form, so that a double click files it once a day.

    `erasure_asked_at` is when its author's data had to go while nobody had answered yet: it goes after it is closed.
    """

    __tablename__ = "customer_requests"
    __table_args__ = (
        CheckConstraint("language IN ('es', 'en')", name="language_known"),
        CheckConstraint("text <> ''", name="written"),
        CheckConstraint("due_on LIKE '____-__-__'", name="due_on_written"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_has_its_time"),
        Index("ix_customer_requests_status", "status", "due_on", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[RequestKind]
    status: Mapped[RequestStatus] = mapped_column(default=RequestStatus.OPEN, server_default="open")
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    email: Mapped[str] = mapped_column(String(254), index=True)
    person: Mapped[str] = mapped_column(String(254), index=True, default=of_new_row)
    phone: Mapped[str | None] = mapped_column(String(16))
    order_number: Mapped[str] = mapped_column(String(MAX_ORDER_NUMBER), default="", server_default="")
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime]
    due_on: Mapped[str] = mapped_column(String(10))
    closed_at: Mapped[datetime | None]
    closing_note: Mapped[str] = mapped_column(String(MAX_NOTE), default="", server_default="")
    erasure_asked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    answers: Mapped[list["RequestAnswer"]] = relationship(order_by="RequestAnswer.id", lazy="raise")

    @property
    def number(self) -> str:
        """Return the filing number: the month of Bogotá and a running number."""
        return f"{_PREFIX}{day_of(self.created_at):%Y-%m}-{self.id:04d}"


class RequestAnswer(Base):
    """What the shop answered by mail."""

    __tablename__ = "request_answers"
    __table_args__ = (CheckConstraint("text <> ''", name="written"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("customer_requests.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime]


def id_of(number: str) -> int | None:
    """Return the id inside a filing number, or None if it is none."""
    plain = number.strip().upper()
    return sequence_of(plain.removeprefix(_PREFIX)) if plain.startswith(_PREFIX) else None
