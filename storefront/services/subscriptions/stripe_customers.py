"""Customers as the payment provider knows them: created there once, and anew where they are gone."""

from sqlalchemy import select, update

from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.errors import PaymentProviderError
from storefront.gateways import payments
from storefront.gateways.payments import PaymentRefused, PaymentUnknown
from storefront.services.shopper import Shopper


def find_unknown(shopper: Shopper) -> str | None:
    """Return the customer if the provider does not know them yet; it has to before it charges a plan."""
    return shopper.customer_id if stripe_customer_of(shopper.customer_id) is None else None


def stripe_customer_of(customer_id: str | None) -> str | None:
    """Return the provider's id of a customer."""
    return db.session.scalar(select(Customer.provider_id).where(Customer.id == customer_id))


def create_stripe_customer(customer_id: str) -> None:
    """Create a customer at the payment provider, once; raises `PaymentProviderError`."""
    _create_stripe_customer(customer_id, None)


def replace_stripe_customer(customer_id: str, missing: str) -> str:
    """Create a customer anew at the payment provider, which does not know the id that we have; return the new id.

    Raises `PaymentProviderError`. Where another request has done it already, its id stays.
    """
    if stripe_customer_of(customer_id) == missing:
        _create_stripe_customer(customer_id, missing)
    return stripe_customer_of(customer_id) or missing  # none for an account that was closed meanwhile


def _create_stripe_customer(customer_id: str, missing: str | None) -> None:
    customer = db.session.get_one(Customer, customer_id)
    name = f"{customer.first_name} {customer.last_name}"
    try:
        provider_id = payments().ensure_customer(
            customer.id, email=customer.email, name=name, language=customer.language, instead_of=missing
        )
    except (PaymentRefused, PaymentUnknown) as error:
        raise PaymentProviderError(reason=str(error)) from error
    with transaction():
        unchanged = (Customer.id == customer_id, Customer.provider_id.is_not_distinct_from(missing))
        db.session.execute(update(Customer).where(*unchanged).values(provider_id=provider_id))
