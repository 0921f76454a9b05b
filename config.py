"""Settings, all from the environment; production refuses to start half-configured.

`SHOP_PROFILE` chooses the profile: `production` (the default, so that forgetting it is safe),
`demo` or `test`. `.env.example` explains each variable.
"""

import os
import re
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import click
from dotenv import load_dotenv
from flask.helpers import get_load_dotenv

from storefront.origins import app_scheme, is_bare
from storefront.secret_rules import is_live_key, own_faults, stripe_faults

ROOT = Path(__file__).parent
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_FLASK_COMMAND = "FLASK_RUN_FROM_CLI"  # no setting: the flask command sets it for the program that it loads
_HOST_NAME = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*")
_WORDS = {"1": True, "on": True, "true": True, "yes": True, "0": False, "off": False, "false": False, "no": False}
_SENDFILE_HEADERS = ("", "X-Accel-Redirect", "X-Sendfile")


_TLS_PORT = 465


class ConfigError(click.ClickException):
    """The environment does not describe a shop that can be trusted with money; `flask` prints it as it is."""


class Config:
    """Production: nothing is assumed that matters."""

    PROFILE = "production"
    IS_DEMO = False
    TESTING = False
    OWNERS_NEED_SECOND_FACTOR = True

    def __init__(self, environ: Mapping[str, str] = os.environ, **overrides: object) -> None:
        get = environ.get
        self.IS_COMMAND = _is_command(environ)
        # The first of several secrets signs; the others only verify, while one is rotated.
        self.SECRET_KEY, self.SECRET_KEY_FALLBACKS = _rotation(get("SECRET_KEY", ""))
        self.JWT_SECRET_KEY, self.JWT_SECRET_KEY_FALLBACKS = _rotation(get("JWT_SECRET_KEY", ""))
        self.SQLALCHEMY_DATABASE_URI = _database_url(get("DATABASE_URL", ""))
        self.REDIS_URL = get("REDIS_URL", "")
        self.BASE_URL = get("BASE_URL", "").rstrip("/")
        self.ALLOWED_HOSTS = tuple(_host_name(entry) for entry in _entries(get("ALLOWED_HOSTS", "")))
        self.STRIPE_SECRET_KEY = get("STRIPE_SECRET_KEY", "")
        self.STRIPE_WEBHOOK_SECRETS = _entries(get("STRIPE_WEBHOOK_SECRET", ""))
        self.STRIPE_API_BASE = get("STRIPE_API_BASE", "").rstrip("/")
        self.RETURN_URL_ALLOWLIST = _entries(get("RETURN_URL_ALLOWLIST", "")) or (self.BASE_URL,)
        self.MAIL_SERVER = get("MAIL_SERVER", "")
        self.MAIL_PORT = _number(environ, "MAIL_PORT", 587)
        self.MAIL_USERNAME = get("MAIL_USERNAME") or None
        self.MAIL_PASSWORD = get("MAIL_PASSWORD") or None
        self.MAIL_USE_TLS = _flag(environ, "MAIL_USE_TLS", self.MAIL_PORT == 587)
        self.MAIL_USE_SSL = _flag(environ, "MAIL_USE_SSL", self.MAIL_PORT == _TLS_PORT)
        self.MAIL_DEFAULT_SENDER = get("MAIL_DEFAULT_SENDER") or "FitAiid <hola@fitaiid.example>"
        self.WAREHOUSE_EMAIL = get("WAREHOUSE_EMAIL", "")
        self.WEB_CONCURRENCY = _number(environ, "WEB_CONCURRENCY", 2)
        self.ADMISSION_QUEUE = _flag(environ, "ADMISSION_QUEUE", True)
        self.TRUSTED_PROXIES = _number(environ, "TRUSTED_PROXIES", 0)
        self.RATE_LIMITS = _flag(environ, "RATE_LIMITS", True)
        self.MINIMUM_ORDER_MINOR = _number(environ, "MINIMUM_ORDER_PESOS", 5_000) * 100
        self.MAX_HOLDS_PER_PERSON = _number(environ, "MAX_HOLDS_PER_PERSON", 5)
        self.MAX_HOLDS_PER_NETWORK = _number(environ, "MAX_HOLDS_PER_NETWORK", 30)
        self.MAX_HELD_UNITS_PER_PERSON = _number(environ, "MAX_HELD_UNITS_PER_PERSON", 200)
        self.MAX_HELD_UNITS_PER_NETWORK = _number(environ, "MAX_HELD_UNITS_PER_NETWORK", 400)
        self.MAX_HELD_MINOR_PER_PERSON = _number(environ, "MAX_HELD_PESOS_PER_PERSON", 50_000_000) * 100
        self.MAX_HELD_MINOR_PER_NETWORK = _number(environ, "MAX_HELD_PESOS_PER_NETWORK", 150_000_000) * 100
        self.SUPPORT_REFUND_LIMIT_MINOR = _number(environ, "SUPPORT_REFUND_LIMIT_PESOS", 200_000) * 100
        self.DOCUMENT_REQUIRED_FROM_MINOR = _number(environ, "DOCUMENT_REQUIRED_FROM_PESOS", 0) * 100
        self.PAYMENT_METHODS = get("PAYMENT_METHODS") or "card"
        self.LOGIN_AT_CHECKOUT = get("LOGIN_AT_CHECKOUT") or "auto"
        self.RECONCILE_SECONDS = _number(environ, "RECONCILE_SECONDS", 300)
        self.RENEWAL_NOTICE_DAYS = _number(environ, "RENEWAL_NOTICE_DAYS", 7)
        self.TRIAL_NOTICE_DAYS = _number(environ, "TRIAL_NOTICE_DAYS", 3)
        self.CUT_OFF_HOUR = _number(environ, "CUT_OFF_HOUR", 14)
        self.CONTENT_DIR = get("CONTENT_DIR") or str(ROOT / "instance" / "content")
        self.FILES_URL = get("FILES_URL", "")
        self.FILES_ACCESS = {
            "endpoint": get("AWS_ENDPOINT_URL", ""),
            "region": get("AWS_REGION", ""),
            "access_key_id": get("AWS_ACCESS_KEY_ID", ""),
            "secret_access_key": get("AWS_SECRET_ACCESS_KEY", ""),
        }
        self.SENDFILE_HEADER = get("SENDFILE_HEADER", "")
        self.SENDFILE_PREFIX = get("SENDFILE_PREFIX", "")
        self.METRICS_TOKEN = get("METRICS_TOKEN", "")
        self.SENTRY_DSN = get("SENTRY_DSN", "")
        self.MAILBOX_DIR = ""
        self.SHOP_NAME = "FitAiid"
        self.SELLER_NAME = get("SELLER_NAME", "FitAiid S.A.S.")
        self.SELLER_NIT = get("SELLER_NIT", "901.234.567-7")
        self.SELLER_ADDRESS = get("SELLER_ADDRESS", "Carrera 11 # 82-71, Bogotá D.C.")
        self.SELLER_PHONE = get("SELLER_PHONE", "+57 601 555 0123")
        self.SELLER_EMAIL = get("SELLER_EMAIL", "hola@fitaiid.example")
        self.read(environ)
        self.flask_defaults()
        for name, value in overrides.items():
            setattr(self, name, value)
        self.check()

    def read(self, environ: Mapping[str, str]) -> None:
        """Read what only this profile knows."""

    def flask_defaults(self) -> None:
        """Set what Flask and its extensions leave open or lax."""
        is_https = self.BASE_URL.startswith("https://")
        host = _host_name(urlsplit(self.BASE_URL).hostname or "localhost")
        self.TRUSTED_HOSTS = [host, *(sorted(_LOOPBACK) if host in _LOOPBACK else []), *self.ALLOWED_HOSTS]
        self.MAX_CONTENT_LENGTH = 64 * 1024  # a form; the webhook takes more, the JSON API no more
        self.MAX_FORM_MEMORY_SIZE = 64 * 1024
        self.MAX_FORM_PARTS = 200
        self.SESSION_COOKIE_NAME = "__Host-shop" if is_https else "shop"
        self.SESSION_COOKIE_SECURE = is_https
        self.SESSION_COOKIE_HTTPONLY = True
        self.SESSION_COOKIE_SAMESITE = "Lax"
        self.PERMANENT_SESSION_LIFETIME = 60 * 60 * 24 * 60
        self.WTF_CSRF_TIME_LIMIT = None
        self.WTF_CSRF_SSL_STRICT = False  # it wants a Referer, which browsers may leave out; web/origin.py asks better
        self.WTF_I18N_ENABLED = False  # the shop has its own messages, and WTForms would read a file each time
        self.BABEL_DEFAULT_LOCALE = "es"
        self.BABEL_DEFAULT_TIMEZONE = "America/Bogota"
        self.SQLALCHEMY_ENGINE_OPTIONS = _engine_options(self.SQLALCHEMY_DATABASE_URI)

    def check(self) -> None:
        """Refuse what production must never run on, naming every fault at once."""
        faults = list(self.faults())
        if faults:
            raise ConfigError("The shop does not start:\n" + "\n".join(f"- {fault}" for fault in faults))

    def faults(self) -> list[str]:
        """Return what is wrong, one sentence each."""
        found = self.missing(_REQUIRED) + self.secret_faults()
        if self.STRIPE_API_BASE:
            found.append("STRIPE_API_BASE is set: production talks to Stripe itself, never to the simulator")
        if self.SQLALCHEMY_DATABASE_URI.startswith("sqlite") and self.WEB_CONCURRENCY > 1:
            found.append("DATABASE_URL is SQLite, which serves one worker: set WEB_CONCURRENCY=1 or use PostgreSQL")
        if self.PAYMENT_METHODS not in ("card", "automatic"):
            found.append("PAYMENT_METHODS must be card or automatic")
        if self.LOGIN_AT_CHECKOUT not in ("auto", "on", "off"):
            found.append("LOGIN_AT_CHECKOUT must be auto, on or off")
        if self.MAIL_USE_TLS and self.MAIL_USE_SSL:
            found.append("MAIL_USE_TLS and MAIL_USE_SSL are both on: port 587 has the first, port 465 the second")
        if self.MAIL_PORT == _TLS_PORT and not self.MAIL_USE_SSL:
            found.append(
                "MAIL_PORT is 465, where TLS begins with the first byte: set MAIL_USE_SSL=on, MAIL_USE_TLS=off"
            )
        if not 10 <= self.RECONCILE_SECONDS <= 3600:
            found.append("RECONCILE_SECONDS must be between 10 and 3600")
        if not self.RATE_LIMITS:
            found.append("RATE_LIMITS=off is for demonstrations and tests only")
        if self.SENTRY_DSN and find_spec("sentry_sdk") is None:
            found.append("SENTRY_DSN is set, but sentry-sdk is not installed: pip install sentry-sdk")
        return found + self.address_faults() + self.host_faults() + self.content_faults()

    def secret_faults(self) -> list[str]:
        """Return what is wrong with the secrets, those that were used before the current ones included."""
        names = ("SECRET_KEY", "JWT_SECRET_KEY")
        keys = {name: {getattr(self, name), *getattr(self, f"{name}_FALLBACKS")} - {""} for name in names}
        return own_faults(keys, self.METRICS_TOKEN) + stripe_faults(self.STRIPE_SECRET_KEY, self.STRIPE_WEBHOOK_SECRETS)

    def address_faults(self) -> list[str]:
        """Return what is wrong with the shop's own address and with those that buyers may be sent back to."""
        found = []
        if self.BASE_URL and not self.BASE_URL.startswith("https://") and not _is_loopback(self.BASE_URL):
            found.append("BASE_URL must start with https://")
        elif self.BASE_URL and not is_bare(self.BASE_URL):
            found.append("BASE_URL must be the address alone, such as https://shop.example: a host and no path")
        return found + self.return_url_faults()

    def return_url_faults(self) -> list[str]:
        """Return a sentence for each entry of the list that would allow nothing, or more than it says."""
        entries = set(self.RETURN_URL_ALLOWLIST) - {"", self.BASE_URL}
        return [
            f"RETURN_URL_ALLOWLIST holds {entry}, and an entry is an origin (https://shop.example) or the scheme "
            "of an app (fitaiid://), with nothing behind it"
            for entry in sorted(entries)
            if not app_scheme(entry) and not is_bare(entry)
        ]

    def missing(self, names: tuple[str, ...]) -> list[str]:
        """Return a sentence for each setting that is empty, by the name it has in the environment.

        Commands do without the webhook's secret, for it is one of them, `flask stripe setup`, that makes it.
        """
        spoken = {"SQLALCHEMY_DATABASE_URI": "DATABASE_URL", "STRIPE_WEBHOOK_SECRETS": "STRIPE_WEBHOOK_SECRET"}
        empty = [name for name in names if not getattr(self, name)]
        if self.IS_COMMAND:
            empty = [name for name in empty if name != "STRIPE_WEBHOOK_SECRETS"]
        return [f"{spoken.get(name, name)} is missing" for name in empty]

    def host_faults(self) -> list[str]:
        """Return a sentence for each allowed host that no request could name."""
        return [
            f"ALLOWED_HOSTS holds {name}, which is not a host name such as api.example.com"
            for name in self.ALLOWED_HOSTS
            if not _HOST_NAME.fullmatch(name)
        ]

    def content_faults(self) -> list[str]:
        """Return what is wrong with where the sold files are and how they are sent."""
        found = []
        if Path(self.CONTENT_DIR).resolve().is_relative_to(ROOT / "static"):
            found.append("CONTENT_DIR is under static/, where everybody could read what is sold")
        if self.FILES_URL and not _BUCKET.fullmatch(self.FILES_URL):
            found.append("FILES_URL must be s3://bucket or s3://bucket/prefix, or empty for the folder CONTENT_DIR")
        if self.SENDFILE_HEADER not in _SENDFILE_HEADERS:
            found.append(f"SENDFILE_HEADER must be {' or '.join(_SENDFILE_HEADERS[1:])}, or empty")
        if self.SENDFILE_HEADER == "X-Accel-Redirect" and not self.SENDFILE_PREFIX.startswith("/"):
            found.append("SENDFILE_PREFIX must name nginx's internal location, such as /content/")
        return found


class DemoConfig(Config):
    """One machine, no account, no key: SQLite, the simulator, and mail kept for reading."""

    PROFILE = "demo"
    IS_DEMO = True
    OWNERS_NEED_SECOND_FACTOR = False

    def read(self, environ: Mapping[str, str]) -> None:
        """Keep everything in the demonstration's folder, and mail too unless a server is named."""
        self.DEMO_DIR = environ.get("DEMO_DIR") or str(ROOT / "instance" / "demo")
        self.CONTENT_DIR = environ.get("CONTENT_DIR") or str(Path(self.DEMO_DIR) / "content")
        self.MAILBOX_DIR = "" if self.MAIL_SERVER else str(Path(self.DEMO_DIR) / "mailbox")
        self.WEB_CONCURRENCY = _number(environ, "WEB_CONCURRENCY", 1)

    def faults(self) -> list[str]:
        """Refuse a live key or a public payment host: a demonstration must not move money."""
        found = self.missing(_REQUIRED[:-1])
        if is_live_key(self.STRIPE_SECRET_KEY):
            found.append("a demonstration must not hold a live Stripe key")
        if self.STRIPE_API_BASE and not _is_loopback(self.STRIPE_API_BASE):
            found.append("STRIPE_API_BASE must be on this machine")
        return found + self.host_faults() + self.return_url_faults() + self.content_faults()


class TestConfig(DemoConfig):
    """Settings that need nothing of the environment, and cheap passwords."""

    __test__ = False  # pytest would collect it by its name
    PROFILE = "test"
    TESTING = True
    IS_DEMO = False

    def read(self, environ: Mapping[str, str]) -> None:
        """Fill in what a test does not care about."""
        super().read(environ)
        self.SECRET_KEY = self.SECRET_KEY or "test-secret-key-" + "0" * 32
        self.JWT_SECRET_KEY = self.JWT_SECRET_KEY or "test-jwt-secret-" + "0" * 32
        if not self.BASE_URL:
            self.BASE_URL = "http://localhost"
            self.RETURN_URL_ALLOWLIST = ("http://localhost", "https://shop.fitaiid.example", "fitaiid://")
        self.SQLALCHEMY_DATABASE_URI = self.SQLALCHEMY_DATABASE_URI or "sqlite://"
        self.STRIPE_SECRET_KEY = self.STRIPE_SECRET_KEY or "sk_test_" + "0" * 24
        self.STRIPE_WEBHOOK_SECRETS = self.STRIPE_WEBHOOK_SECRETS or ("whsec_test_secret", "whsec_test_previous")
        self.RATE_LIMITS = _flag(environ, "RATE_LIMITS", False)


_REQUIRED = (
    "SECRET_KEY", "JWT_SECRET_KEY", "SQLALCHEMY_DATABASE_URI", "BASE_URL", "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRETS", "MAIL_SERVER",
)  # fmt: skip
_PROFILES = {profile.PROFILE: profile for profile in (Config, DemoConfig, TestConfig)}


def read_env_file() -> None:
    """Set what `.env` beside this file says and the environment does not, as the `flask` command does by itself."""
    if get_load_dotenv():
        load_dotenv(ROOT / ".env")


def load(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the settings of the profile that `SHOP_PROFILE` names."""
    name = environ.get("SHOP_PROFILE") or "production"
    if name not in _PROFILES:
        raise ConfigError(f"SHOP_PROFILE={name}: choose one of {', '.join(_PROFILES)}")
    if name == DemoConfig.PROFILE:
        from storefront.demo.environment import recall

        environ = recall(environ)
    return _PROFILES[name](environ)


def _entries(text: str) -> tuple[str, ...]:
    return tuple(entry.strip() for entry in text.split(",") if entry.strip())


def _host_name(text: str) -> str:
    """Return a host name as a browser sends it, without its port."""
    name = re.sub(r":\d+$", "", text).lower().removesuffix(".")
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name  # which is no host name, and said so


def _rotation(text: str) -> tuple[str, list[str]]:
    """Return the secret that signs and those that were used before it."""
    current, *previous = _entries(text) or ("",)
    return current, previous


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit():
        raise ConfigError(f"{name}={text} is not a whole number")
    return int(text)


def _flag(environ: Mapping[str, str], name: str, default: bool) -> bool:
    text = (environ.get(name) or ("on" if default else "off")).lower()
    if text not in _WORDS:
        raise ConfigError(f"{name}={text} is neither on nor off")
    return _WORDS[text]


def _is_command(environ: Mapping[str, str]) -> bool:
    """Return whether this process is a `flask …` command and serves nobody, as `flask run` would."""
    return environ.get(_FLASK_COMMAND) == "true" and "run" not in sys.argv[1:]


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in _LOOPBACK


def _database_url(url: str) -> str:
    # Platforms still hand out the old scheme, which SQLAlchemy refuses.
    return "postgresql://" + url.removeprefix("postgres://") if url.startswith("postgres://") else url


def _engine_options(url: str) -> dict[str, object]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 10}}
    guards = "-c lock_timeout=3000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=10000"
    # A server that has vanished from the network is noticed within seconds; TCP alone would wait for minutes.
    patience = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    return {
        "hide_parameters": True,  # an error's text must not carry what somebody typed into the logs
        "connect_args": {"options": guards, "tcp_user_timeout": 20_000, **patience},
        "pool_size": 20,
        "max_overflow": 10,
        "pool_timeout": 5,
    }
