"""FitAiid's shop: `create_app` puts it together."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Config
    from storefront.gateways.email import Mailer
    from storefront.gateways.files import FileStore
    from storefront.gateways.payments import PaymentGateway


def create_app(
    config: "Config | None" = None,
    *,
    payments: "PaymentGateway | None" = None,
    mailer: "Mailer | None" = None,
    files: "FileStore | None" = None,
) -> "Flask":
    """Return the shop as a WSGI application; settings come from the environment unless they are given."""
    # Imported here, so that the demonstration can set its environment up without the whole shop.
    from storefront.factory import build

    return build(config, payments=payments, mailer=mailer, files=files)
