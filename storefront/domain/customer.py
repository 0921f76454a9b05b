"""Customers and their logins; a login can be ended from the server, in a browser and on a phone alike."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, select, text, true
from sqlalchemy.orm import Mapped, mapped_column, validates

from storefront.database import Base, db
from storefront.domain import customer_words
from storefront.domain.persons import canonical_email, of_new_row
from storefront.enums import Channel, ConsentPurpose, LinkPurpose, StaffRole
from storefront.ids import new_id

_IS_STAFF = text("staff_role IS NOT NULL")

ERASED_ADDRESS = "@erased.invalid"
"""The end of the address that stands where an e-mail was erased; RFC 2606 keeps `.invalid` from ever having mail."""


class Customer(Base):
    """A person with an account; the e-mail is stored normalised (lower case). `provider_id` is Stripe's id of them.

    `person` is the same for all the addresses of one mailbox; nobody signs in with it, it is what trials count.

    Whoever works here has a `staff_role`, which counts until `staff_disabled_at`; an owner with `has_daily_mail` is
    told each morning what waits. After `closed_at` nobody is behind the row any more: it only holds the orders
    together that the law keeps.
    """

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint("staff_disabled_at IS NULL OR staff_role IS NOT NULL", name="disabled_has_role"),
        CheckConstraint("language IN ('es', 'en')", name="language_known"),
        Index("ix_customers_created", "created_at", "id"),
        Index("ix_customers_staff", "staff_role", sqlite_where=_IS_STAFF, postgresql_where=_IS_STAFF),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    person: Mapped[str] = mapped_column(String(254), index=True, default=of_new_row, server_default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    first_name: Mapped[str] = mapped_column(String(60))
    last_name: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(16))
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(2), default="es")
    accepts_marketing: Mapped[bool] = mapped_column(default=False)
    staff_role: Mapped[StaffRole | None]
    staff_disabled_at: Mapped[datetime | None]
    has_daily_mail: Mapped[bool] = mapped_column(default=True, server_default=true())
    provider_id: Mapped[str | None] = mapped_column(String(255), unique=True, index=True)
    email_verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(  # see customer_search
        Text, default=customer_words.of_new_row, server_default="", deferred=True
    )

    @validates("email")
    def _set_person(self, _name: str, email: str) -> str:
        self.person = canonical_email(email)
        return email

    @property
    def active_role(self) -> StaffRole | None:
        """Return the role in which the person works here now, if any."""
        return None if self.staff_disabled_at else self.staff_role


class SavedAddress(Base):
    """A delivery address that a customer keeps; one of them is the default, which the checkout proposes."""

    __tablename__ = "saved_addresses"
    __table_args__ = (
        Index(
            "uq_saved_addresses_default",
            "customer_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    address: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Consent(Base):
    """A customer's consent: its text as they saw it, and when they withdrew it (Ley 1581 of 2012, article 9)."""

    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_standing",
            "customer_id",
            "purpose",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    purpose: Mapped[ConsentPurpose]
    version: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Login(Base):
    """One signed-in browser or phone; `id` is the digest of the secret that the client holds.

    `spent_keys` are refresh keys that were exchanged within the last seconds, as pairs of digest and time. `network` is
    the pseudonym of the network that the login came from. A code of the second factor was given at `second_factor_at`;
    whoever holds the login proved at `confirmed_at` once more who they are.
    """

    __tablename__ = "logins"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    channel: Mapped[Channel] = mapped_column("door")
    refresh_id: Mapped[str | None] = mapped_column(String(64))
    spent_keys: Mapped[list[list[str]] | None] = mapped_column(JSON)
    browser: Mapped[str | None] = mapped_column(String(40))
    system: Mapped[str | None] = mapped_column(String(40))
    network: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    second_factor_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]


class EmailLink(Base):
    """A single-use link by mail that proves who reads an address: `verify` or `reset`."""

    __tablename__ = "email_links"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    purpose: Mapped[LinkPurpose]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def is_last_owner(customer_id: str) -> bool:
    """Return whether without this person no active owner with a confirmed address is left; owners stay locked.

    Two owners who leave at the same moment would each see the other still there; locked, the second one waits for
    the first one's commit and is then alone.
    """
    is_owner = (Customer.staff_role == StaffRole.OWNER, Customer.staff_disabled_at.is_(None))
    statement = select(Customer.id, Customer.email_verified_at).where(*is_owner).order_by(Customer.id)
    owners = db.session.execute(statement.with_for_update()).all()
    others_confirmed = [row.id for row in owners if row.id != customer_id and row.email_verified_at]
    return any(row.id == customer_id for row in owners) and not others_confirmed


def normalise_email(email: str) -> str:
    """Return an e-mail as the shop compares it."""
    return email.strip().lower()


def is_closed(customer_id: str | None) -> bool:
    """Return whether somebody's account was closed, so that nobody can be reached about their orders any more."""
    closed = select(Customer.id).where(Customer.id == customer_id, Customer.closed_at.is_not(None))
    return customer_id is not None and db.session.scalar(closed) is not None
