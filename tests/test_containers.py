"""compose.yaml and the Dockerfile: every setting arrives, images are what they were, and only nginx is seen outside."""

import re

import pytest

from config import ROOT, Config, ConfigError
from tests import documented

_SETTING = re.compile(r"\$\{([A-Z_]+)(?::([-?])([^}]*))?\}")
REQUIRED = {
    "SECRET_KEY": "Qm3vTz8LxWc1RkHd5YpBn7JsGf2Ue9Aa0ViEo4Xw",
    "JWT_SECRET_KEY": "b7Kd0SxPq4ZnWj9TcLr2VmYh6GfEu1Ao8IyQe5Nt",
    "STRIPE_SECRET_KEY": "sk_test_51Hx9QpLm3ZrTvB7w",
    "STRIPE_WEBHOOK_SECRET": "whsec_k3Vd9TqXw7LmZr2BnYp5",
    "DB_PASSWORD": "una-clave",
}
DECIDED_BY_THE_CONTAINERS = {
    "SHOP_PROFILE", "DATABASE_URL", "REDIS_URL", "BIND", "PORT", "CONTENT_DIR", "SENDFILE_HEADER", "SENDFILE_PREFIX"
}  # fmt: skip


def example_settings() -> list[str]:
    """Return every variable that .env.example sets; what is commented out is not for a shop in production."""
    return re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)


def environment(service: str, env_file: dict[str, str]) -> dict[str, str]:
    """Return what a container of a service gets, as Compose fills it in from .env."""
    filled = {}
    for name, value in documented.compose()[service]["environment"].items():
        if value is None:  # as it is outside, or not at all
            filled |= {name: env_file[name]} if name in env_file else {}
        else:
            filled[name] = _SETTING.sub(lambda found: interpolated(found, env_file), str(value))
    return filled


def interpolated(found: re.Match[str], env_file: dict[str, str]) -> str:
    """Return the value of ${NAME}, ${NAME:-default} or ${NAME:?message}."""
    name, kind, text = found.groups()
    assert env_file.get(name) or kind != "?", f"{name}: {text}"
    return env_file.get(name) or text or ""


@pytest.mark.parametrize("service", ["migrate", "web", "worker"])
@pytest.mark.parametrize("name", sorted({*example_settings()} - DECIDED_BY_THE_CONTAINERS))
def test_every_setting_arrives_in_the_containers(service: str, name: str) -> None:
    assert environment(service, REQUIRED | {name: "something-of-its-own"})[name] == "something-of-its-own"


def test_no_other_setting_is_passed() -> None:
    for service in ("migrate", "web", "worker"):
        assert set(documented.compose()[service]["environment"]) == set(example_settings())


def test_the_shop_starts_with_what_it_gets_when_only_the_necessary_is_set() -> None:
    """Nor is anything of what must be given left out in silence."""
    made = Config(environment("web", REQUIRED))
    assert (made.MAIL_SERVER, made.MAIL_PORT, made.MAIL_USE_TLS) == ("mail", 1025, False)
    assert made.SELLER_NAME == "FitAiid S.A.S."
    for name in REQUIRED.keys() - {"STRIPE_WEBHOOK_SECRET"}:
        with pytest.raises(AssertionError, match=name):
            environment("web", REQUIRED | {name: ""})
    with pytest.raises(ConfigError, match="STRIPE_WEBHOOK_SECRET is missing"):
        Config(environment("web", REQUIRED | {"STRIPE_WEBHOOK_SECRET": ""}))


def test_every_image_is_pinned_by_its_digest() -> None:
    """With the version beside it, for people."""
    images = [service["image"] for service in documented.compose().values() if "build" not in service]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(images) == 6
    for image in images:
        assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+(\.\d+)?[a-z0-9.-]*@sha256:[0-9a-f]{64}", image), image


def test_only_nginx_is_seen_outside_of_the_machine() -> None:
    """The mail catcher shows everybody's mail, with the links in it."""
    for name, service in documented.compose().items():
        for port in service.get("ports", []):
            assert name == "nginx" or str(port).startswith("127.0.0.1:"), (name, port)
