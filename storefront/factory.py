"""The application factory: settings, extensions, gateways and blueprints."""

from pathlib import Path
from typing import cast

from flask import Flask
from flask.json.provider import DefaultJSONProvider

import config as configuration
from config import ROOT, Config
from storefront import api, cli, compression, extensions, hosts, limits, web, webhooks
from storefront.database import db, prepare_engine
from storefront.gateways.email import FolderMailer, Mailer, SmtpMailer
from storefront.gateways.files import FileStore, open_store
from storefront.gateways.payments import PaymentGateway
from storefront.i18n.translations import translations_folder
from storefront.observability import health, logs, request_metrics, security_log
from storefront.services import shop_texts
from storefront.web.template_globals import TemplateEnvironment


def build(
    config: Config | None,
    *,
    payments: PaymentGateway | None,
    mailer: Mailer | None,
    files: FileStore | None = None,
) -> Flask:
    """Return the application with its settings, extensions, gateways and blueprints."""
    config = config or configuration.load()
    app = Flask("storefront", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.jinja_environment = TemplateEnvironment
    app.config.from_object(config)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations_folder())
    app.extensions["settings"] = config
    cast("DefaultJSONProvider", app.json).ensure_ascii = False  # UTF-8, as people read it
    if config.PROFILE == "production":
        _report_errors(config)
    _bind_extensions(app)
    app.extensions["payments"] = payments or _stripe(config)
    app.extensions["mailer"] = mailer or _mailer(config)
    app.extensions["files"] = files or open_store(config.FILES_URL, Path(config.CONTENT_DIR), config.FILES_ACCESS)
    app.extensions["shop_texts"] = shop_texts.current
    # What is registered first comes last when an answer leaves.
    compression.register(app)
    request_metrics.register(app)
    hosts.register(app)
    security_log.register(app)
    limits.register(app)
    app.register_blueprint(health.bp)
    for interface in (web, api, webhooks, cli):
        interface.register(app)
    return app


def _report_errors(config: Config) -> None:
    logs.configure()
    if config.SENTRY_DSN:
        import sentry_sdk  # optional, so it is not in requirements.txt

        sentry_sdk.init(config.SENTRY_DSN, send_default_pii=False, max_request_body_size="never")


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        prepare_engine(app, db.engine)
    extensions.mail.init_app(app)


def _stripe(config: Config) -> PaymentGateway:
    # The SDK costs a fifth of a second to import; a shop with another gateway need not pay it.
    from storefront.gateways.stripe import StripeGateway

    return StripeGateway(
        config.STRIPE_SECRET_KEY,
        config.STRIPE_WEBHOOK_SECRETS,
        config.STRIPE_API_BASE,
        is_card_only=config.PAYMENT_METHODS == "card",
    )


def _mailer(config: Config) -> Mailer:
    if config.MAILBOX_DIR:
        return FolderMailer(Path(config.MAILBOX_DIR))
    return SmtpMailer(extensions.mail)
