"""Payment provider, email and file store, behind interfaces in the shop's own types."""

from typing import cast

from flask import current_app

from storefront.database import leave_transaction
from storefront.gateways.email import Mailer
from storefront.gateways.files import FileStore
from storefront.gateways.payments import PaymentGateway


def payments() -> PaymentGateway:
    """Return the payment provider; no transaction may be open, so reading ends here and writing raises."""
    leave_transaction()
    return cast(PaymentGateway, current_app.extensions["payments"])


def mailer() -> Mailer:
    """Return what sends mail; no transaction may be open."""
    leave_transaction()
    return cast(Mailer, current_app.extensions["mailer"])


def file_store() -> FileStore:
    """Return the store of pictures and sold files; no transaction may be open."""
    leave_transaction()
    return cast(FileStore, current_app.extensions["files"])
