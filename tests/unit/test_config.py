"""Production refuses to start half-configured; the demonstration and the tests need nothing."""

import secrets
from collections.abc import Callable

import pytest

import config
from config import Config, ConfigError, DemoConfig, TestConfig
from storefront.secret_rules import is_default

SIGNING = "Qm3vTz8LxWc1RkHd5YpBn7JsGf2Ue9Aa0ViEo4Xw"
TOKENS = "b7Kd0SxPq4ZnWj9TcLr2VmYh6GfEu1Ao8IyQe5Nt"
KEY = "sk_live_51Hx9QpLm3ZrTvB7w"
FIRST, SECOND = "whsec_k3Vd9TqXw7LmZr2BnYp5", "whsec_Pq8JxNc4RtGh6ZsWv1Ky"
GOOD = {
    "SECRET_KEY": SIGNING,
    "JWT_SECRET_KEY": TOKENS,
    "DATABASE_URL": "postgresql://shop@db/shop",
    "BASE_URL": "https://shop.fitaiid.example/",
    "STRIPE_SECRET_KEY": KEY,
    "STRIPE_WEBHOOK_SECRET": f"{FIRST}, {SECOND}",
    "MAIL_SERVER": "mail.example",
}


def faults(**changes: str | None) -> list[str]:
    """Return what production says to the good settings with these changes; None takes a variable away."""
    environ = {name: value for name, value in (GOOD | changes).items() if value is not None}
    try:
        Config(environ)
    except ConfigError as error:
        head, *found = str(error).splitlines()
        assert head == "The shop does not start:"
        return [fault.removeprefix("- ") for fault in found]
    return []


def test_good_settings_start() -> None:
    assert faults() == []
    made = Config(GOOD)
    assert made.BASE_URL == "https://shop.fitaiid.example"
    assert made.STRIPE_WEBHOOK_SECRETS == (FIRST, SECOND)
    assert made.SESSION_COOKIE_NAME.startswith("__Host-")
    assert made.SESSION_COOKIE_SECURE
    assert made.TRUSTED_HOSTS == ["shop.fitaiid.example"]


def test_host_names_are_kept_as_browsers_send_them() -> None:
    hosts = "API.Fitaiid.Example., tienda.ñandú.example:8443,10.0.0.7"
    made = Config(GOOD | {"ALLOWED_HOSTS": hosts})
    expected = ["api.fitaiid.example", "tienda.xn--and-6ma2c.example", "10.0.0.7"]
    assert ["shop.fitaiid.example", *expected] == made.TRUSTED_HOSTS
    assert TestConfig({"ALLOWED_HOSTS": hosts}).TRUSTED_HOSTS[-3:] == expected


@pytest.mark.parametrize("name", ["a b", "a_b", "a/b", "[::1]", "a..b", ".example.com", "http://a", "a:b", "x" * 70])
def test_a_host_name_that_no_request_could_have_is_refused(name: str) -> None:
    (fault,) = faults(ALLOWED_HOSTS=name)
    assert fault.startswith(f"ALLOWED_HOSTS holds {name}")
    with pytest.raises(ConfigError, match="ALLOWED_HOSTS"):
        TestConfig({"ALLOWED_HOSTS": name})


@pytest.mark.parametrize("name", GOOD)
def test_what_is_missing_is_named(name: str) -> None:
    for absent in (None, ""):
        (fault,) = faults(**{name: absent})
        assert fault.endswith("is missing")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"RECONCILE_SECONDS": "0"}, "RECONCILE_SECONDS must be between 10 and 3600"),
        ({"RECONCILE_SECONDS": "3601"}, "RECONCILE_SECONDS must be between 10 and 3600"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is a default or shorter than 32 characters"),
        ({"SECRET_KEY": "change-me-" + "x" * 40}, "SECRET_KEY is a default or shorter than 32 characters"),
        ({"SECRET_KEY": "demo-" + "x" * 40}, "SECRET_KEY is a default or shorter than 32 characters"),
        ({"JWT_SECRET_KEY": "test" + "x" * 40}, "JWT_SECRET_KEY is a default or shorter than 32 characters"),
        ({"JWT_SECRET_KEY": SIGNING}, "SECRET_KEY and JWT_SECRET_KEY must differ"),
        ({"JWT_SECRET_KEY": f"{TOKENS},{SIGNING}"}, "SECRET_KEY and JWT_SECRET_KEY must differ"),
        ({"SECRET_KEY": f"{SIGNING},old"}, "SECRET_KEY is a default or shorter than 32 characters"),
        (
            {"STRIPE_API_BASE": "http://127.0.0.1:12111"},
            "STRIPE_API_BASE is set: production talks to Stripe itself, never to the simulator",
        ),
        (
            {"DATABASE_URL": "sqlite:///shop.sqlite"},
            "DATABASE_URL is SQLite, which serves one worker: set WEB_CONCURRENCY=1 or use PostgreSQL",
        ),
        (
            {"STRIPE_WEBHOOK_SECRET": f"{FIRST},other"},
            "STRIPE_WEBHOOK_SECRET must hold whsec_... secrets, separated by commas",
        ),
        ({"BASE_URL": "http://shop.fitaiid.example"}, "BASE_URL must start with https://"),
        (
            {"ALLOWED_HOSTS": "api.example.com, https://www.example.com"},
            "ALLOWED_HOSTS holds https://www.example.com, which is not a host name such as api.example.com",
        ),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS holds *, which is not a host name such as api.example.com"),
        ({"RATE_LIMITS": "off"}, "RATE_LIMITS=off is for demonstrations and tests only"),
    ],
)
def test_each_fault_is_one_sentence(changes: dict[str, str], fault: str) -> None:
    assert faults(**changes) == [fault]


def test_the_first_secret_signs_and_the_others_verify() -> None:
    older, oldest = SIGNING[::-1], TOKENS[::-1]
    made = Config(GOOD | {"SECRET_KEY": f"{SIGNING}, {older}", "JWT_SECRET_KEY": f"{TOKENS},{oldest}"})
    assert made.SECRET_KEY == SIGNING
    assert [older] == made.SECRET_KEY_FALLBACKS
    assert made.JWT_SECRET_KEY == TOKENS
    assert [oldest] == made.JWT_SECRET_KEY_FALLBACKS


GUESSABLE = [
    "a" * 36,
    "ab" * 20,
    "0123456789" * 4,
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "password" * 5,
    "supersecretkey" * 3,
]


@pytest.mark.parametrize("secret", GUESSABLE)
@pytest.mark.parametrize("name", ["SECRET_KEY", "JWT_SECRET_KEY", "METRICS_TOKEN"])
def test_a_secret_that_only_looks_long_is_refused(name: str, secret: str) -> None:
    """Alone, and as one of two while a secret is rotated."""
    values = [secret] if name == "METRICS_TOKEN" else [secret, f"{SIGNING[::-1]},{secret}", f"{secret},{secret}"]
    for value in values:
        found = faults(**{name: value})
        assert len(found) == 1
        assert found[0].startswith(f"{name} is too easy to guess")


@pytest.mark.parametrize(
    "make", [lambda: secrets.token_hex(16), lambda: secrets.token_hex(32), lambda: secrets.token_urlsafe(48)]
)
def test_random_secrets_are_never_refused(make: Callable[[], str]) -> None:
    for _ in range(200):
        made = (value for value in (make() for _ in range(1000)) if not is_default(value))
        assert faults(SECRET_KEY=next(made), JWT_SECRET_KEY=next(made), METRICS_TOKEN=next(made)) == []


@pytest.mark.parametrize(
    "key",
    ["sk_live_", "sk_test_", "sk_live_...", "sk_test_…", "sk_live_123", "pk_live_51Hx9QpLm3ZrTvB7w",
     "51Hx9QpLm3ZrTvB7wKc", f"{KEY} ", f"{KEY}\n", f'"{KEY}"', "whsec_k3Vd9TqXw7LmZr2BnYp5", "sk_live_" + "a" * 24],
)  # fmt: skip
def test_a_key_that_cannot_be_stripes_is_refused(key: str) -> None:
    (fault,) = faults(STRIPE_SECRET_KEY=key)
    assert fault == "STRIPE_SECRET_KEY must be a whole secret key of Stripe: sk_live_... or sk_test_..."


@pytest.mark.parametrize(
    "key", ["rk_live_51Hx9QpLm3ZrTvB7w", "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "sk_org_live_51Hx9QpLm3ZrTvB7w"]
)
def test_every_kind_of_secret_key_is_taken(key: str) -> None:
    assert faults(STRIPE_SECRET_KEY=key) == []


@pytest.mark.parametrize("secret", ["whsec_", "whsec_...", "whsec_short", "whsec_" + "a" * 32])
def test_a_signing_secret_with_nothing_behind_its_prefix_is_refused(secret: str) -> None:
    """Whoever knows it signs what the shop believes."""
    for value in (secret, f"{FIRST},{secret}"):
        (fault,) = faults(STRIPE_WEBHOOK_SECRET=value)
        assert fault == "STRIPE_WEBHOOK_SECRET must hold whole secrets: whsec_ and what Stripe shows behind it"


def test_a_token_that_a_monitor_knows_signs_nothing() -> None:
    (fault,) = faults(METRICS_TOKEN=SIGNING)
    assert fault.startswith("METRICS_TOKEN must differ from the secrets that sign")


@pytest.mark.parametrize(
    "entry",
    ["fitaiid://checkout", "fitaiid:", "fitaiid", "fitaiid:///", "javascript://", "https://", "shop.example",
     "//shop.example", "https://*.shop.example", "https://shop.example.", "https://ana@shop.example", "https://shop.example:0x50",
     "https://shop.example:99999", "https://shöp.example", "https://shop.example/pagar", "https://shop.example?a=b",
     "ftp://shop.example", "https://shop example"],
)  # fmt: skip
def test_an_address_that_no_buyer_could_be_sent_back_to_is_refused(entry: str) -> None:
    """Nor one that allows more than it says, in production and in the demonstration."""
    value = f"https://app.fitaiid.example, {entry},fitaiid://"
    (fault,) = faults(RETURN_URL_ALLOWLIST=value)
    assert fault.startswith(f"RETURN_URL_ALLOWLIST holds {entry}, and an entry is ")
    with pytest.raises(ConfigError, match="RETURN_URL_ALLOWLIST holds"):
        DemoConfig(GOOD | {"STRIPE_SECRET_KEY": "sk_test_1", "RETURN_URL_ALLOWLIST": value})


@pytest.mark.parametrize(
    "entry",
    ["https://shop.example", "https://shop.example/", "HTTP://LOCALHOST:3000", "fitaiid://", "https://[::1]:8443"],
)
def test_an_address_that_can_be_returned_to_is_allowed(entry: str) -> None:
    assert faults(RETURN_URL_ALLOWLIST=entry) == []


@pytest.mark.parametrize(
    "url", ["https:///", "https://shop.example/tienda", "https://shop.example.", "https://shop.example?x"]
)
def test_the_shops_own_address_is_a_host_and_no_more(url: str) -> None:
    (fault,) = faults(BASE_URL=url, RETURN_URL_ALLOWLIST="https://shop.example")
    assert fault.startswith("BASE_URL must ")


@pytest.mark.parametrize("name", ["MAIL_USE_TLS", "RATE_LIMITS"])
def test_a_switch_that_is_neither_on_nor_off_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}=maybe is neither on nor off"):
        Config(GOOD | {name: "maybe"})
    assert Config(GOOD | {name: ""}).RATE_LIMITS
    assert faults(RATE_LIMITS="false") == ["RATE_LIMITS=off is for demonstrations and tests only"]


@pytest.mark.parametrize(
    ("given", "starttls", "implicit"),
    [({}, True, False), ({"MAIL_PORT": "465"}, False, True), ({"MAIL_PORT": "1025"}, False, False)],
)
def test_how_mail_is_encrypted_follows_from_the_port(given: dict[str, str], starttls: bool, implicit: bool) -> None:
    made = Config(GOOD | given)
    assert made.MAIL_USE_TLS is starttls
    assert made.MAIL_USE_SSL is implicit


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"MAIL_PORT": "465", "MAIL_USE_TLS": "on"}, "both on"),
        ({"MAIL_USE_TLS": "on", "MAIL_USE_SSL": "on"}, "both on"),
        ({"MAIL_PORT": "465", "MAIL_USE_SSL": "off"}, "MAIL_PORT is 465"),
    ],
)
def test_two_ways_of_encrypting_mail_at_once_are_a_fault(given: dict[str, str], words: str) -> None:
    (fault,) = faults(**given)
    assert words in fault


def test_all_faults_are_told_at_once() -> None:
    assert len(faults(SECRET_KEY=None, STRIPE_API_BASE="http://127.0.0.1:1", BASE_URL="http://x.example")) == 3


def test_sqlite_with_one_worker_and_plain_http_on_this_machine_are_allowed() -> None:
    assert faults(DATABASE_URL="sqlite:///shop.sqlite", WEB_CONCURRENCY="1") == []
    assert faults(BASE_URL="http://127.0.0.1:5000") == []


@pytest.mark.parametrize("name", ["MAIL_PORT", "WEB_CONCURRENCY", "MINIMUM_ORDER_PESOS", "MAX_HOLDS_PER_PERSON"])
@pytest.mark.parametrize("value", ["x", "-1", "1.5", "1e3"])
def test_a_number_that_is_none_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}={value} is not a whole number"):
        Config(GOOD | {name: value})


def test_the_old_scheme_of_platforms_is_understood() -> None:
    assert Config(GOOD | {"DATABASE_URL": "postgres://a@b/c"}).SQLALCHEMY_DATABASE_URI == "postgresql://a@b/c"


def test_forgetting_the_profile_means_production() -> None:
    assert type(config.load(GOOD)) is Config
    assert type(config.load(GOOD | {"SHOP_PROFILE": "test", "STRIPE_SECRET_KEY": "sk_test_1"})) is TestConfig
    assert type(config.load(GOOD | {"SHOP_PROFILE": ""})) is Config
    with pytest.raises(ConfigError, match="SHOP_PROFILE=staging: choose one of production, demo, test"):
        config.load({"SHOP_PROFILE": "staging"})


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, "a demonstration must not hold a live Stripe key"),
        ({"STRIPE_SECRET_KEY": "rk_live_1"}, "a demonstration must not hold a live Stripe key"),
        ({"STRIPE_API_BASE": "https://api.example"}, "STRIPE_API_BASE must be on this machine"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
    ],
)
def test_a_demonstration_cannot_move_money(changes: dict[str, str], fault: str) -> None:
    demo = {**GOOD, "STRIPE_SECRET_KEY": "sk_test_1", "BASE_URL": "http://127.0.0.1:5000"}
    assert DemoConfig({**demo, "MAIL_SERVER": ""}).MAILBOX_DIR
    assert DemoConfig(demo).MAILBOX_DIR == ""
    with pytest.raises(ConfigError, match=fault):
        DemoConfig(demo | changes)


def test_tests_need_nothing_of_the_environment() -> None:
    made = TestConfig({})
    assert made.TESTING
    assert made.STRIPE_SECRET_KEY.startswith("sk_test_")
    assert TestConfig({}, CUT_OFF_HOUR=9).CUT_OFF_HOUR == 9
