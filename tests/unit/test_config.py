"""Production refuses to start half-configured; the demonstration and the tests need nothing."""

import pytest

import config
from config import Config, ConfigError, DemoConfig, TestConfig

GOOD = {
    "SECRET_KEY": "s" * 40,
    "JWT_SECRET_KEY": "j" * 40,
    "DATABASE_URL": "postgresql://shop@db/shop",
    "BASE_URL": "https://shop.fitaiid.example/",
    "STRIPE_SECRET_KEY": "sk_live_123",
    "STRIPE_WEBHOOK_SECRET": "whsec_one, whsec_two",
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
    assert made.STRIPE_WEBHOOK_SECRETS == ("whsec_one", "whsec_two")
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
        ({"JWT_SECRET_KEY": "s" * 40}, "SECRET_KEY and JWT_SECRET_KEY must differ"),
        ({"SECRET_KEY": "s" * 40 + ",old"}, "SECRET_KEY is a default or shorter than 32 characters"),
        (
            {"STRIPE_API_BASE": "http://127.0.0.1:12111"},
            "STRIPE_API_BASE is set: production talks to Stripe itself, never to the simulator",
        ),
        (
            {"DATABASE_URL": "sqlite:///shop.sqlite"},
            "DATABASE_URL is SQLite, which serves one worker: set WEB_CONCURRENCY=1 or use PostgreSQL",
        ),
        (
            {"STRIPE_WEBHOOK_SECRET": "whsec_one,other"},
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
    made = Config(GOOD | {"SECRET_KEY": f"{'n' * 40}, {'o' * 40}", "JWT_SECRET_KEY": f"{'k' * 40},{'l' * 40}"})
    assert (made.SECRET_KEY, made.SECRET_KEY_FALLBACKS) == ("n" * 40, ["o" * 40])
    assert (made.JWT_SECRET_KEY, made.JWT_SECRET_KEY_FALLBACKS) == ("k" * 40, ["l" * 40])


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
