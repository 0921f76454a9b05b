"""`flask stripe setup` and `check` through the real SDK, against accounts in every state that one may be in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from config import TestConfig
from storefront import create_app
from storefront.database import db
from storefront.gateways.account import PortalConfiguration
from storefront.gateways.payments import KeyRefused, PaymentRefused
from storefront.gateways.stripe import StripeGateway
from storefront.services.payments import stripe_setup
from storefront.services.payments.event_processing import HANDLERS
from stripe_simulator import SimulatorSettings, start
from tests.fakes import KeepingMailer

SHOP = "https://shop.fitaiid.example"
URL = SHOP + stripe_setup.WEBHOOK_PATH
COUNT = len(HANDLERS)
VERSION, OLD = "2026-10-28.endive", "2025-03-31.basil"


@dataclass
class Account:
    """A shop and its Stripe account: the simulator, and a client as another program of the owner's would use."""

    app: Flask
    url: str

    @property
    def v1(self) -> Any:
        return self.app.extensions["payments"].client.v1

    def type(self, *words: str) -> tuple[int, str]:
        """Run `flask stripe …` and return its exit code and what it printed."""
        done = self.app.test_cli_runner().invoke(args=("stripe", *words))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    def check(self) -> list[str]:
        """Return the faults that `flask stripe check` found."""
        code, output = self.type("check")
        lines = output.splitlines()
        faults = [line for line, repair in pairwise(lines) if repair.startswith("         mend: ")]
        assert lines[-1] == (f"{len(faults)} to mend" if faults else "Stripe is set up"), output
        assert code == (1 if faults else 0), output
        return [fault[9:] for fault in faults]

    def endpoint(self, *types: str, **more: Any) -> Any:
        """Have an endpoint at the shop's address that somebody made by hand."""
        params = {"url": URL, "enabled_events": list(types or sorted(HANDLERS)), "api_version": VERSION} | more
        return self.v1.webhook_endpoints.create(params)

    def endpoints(self) -> list[tuple[str, str, int]]:
        """Return version, state and number of types of every endpoint, newest first."""
        listed = self.v1.webhook_endpoints.list({"limit": 100}).data
        return [(one.api_version, one.status, len(one.enabled_events)) for one in listed]


@pytest.fixture
def account(sqlite_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Account]:
    """Return an empty account; parametrise indirectly to change the simulator's settings."""
    running = start(SimulatorSettings(tmp_path / "stripe.sqlite", **{"default_portal": False} | _params(request)))
    environ = {"DATABASE_URL": sqlite_url, "STRIPE_API_BASE": running.url, "BASE_URL": SHOP}
    app = create_app(TestConfig(environ), mailer=KeepingMailer())
    yield Account(app, running.url)
    running.stop()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _params(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(getattr(request, "param", {}))


def test_the_address_is_that_of_the_webhook(account: Account) -> None:
    assert account.app.url_map.bind("").build("webhooks.stripe") == stripe_setup.WEBHOOK_PATH


def test_setup_twice_is_setup_once(account: Account) -> None:
    assert len(account.check()) == 2
    for word in ("created", "unchanged"):
        code, output = account.type("setup")
        assert (code, output.count(word), "STRIPE_WEBHOOK_SECRET=whsec_" in output) == (0, 2, word == "created")
        assert account.endpoints() == [(VERSION, "enabled", COUNT)]
        assert len(account.v1.billing_portal.configurations.list().data) == 1
        assert account.check() == []


def test_other_endpoints_of_the_account_are_left_alone(account: Account) -> None:
    account.endpoint("invoice.paid", url="https://books.example/hook")
    account.type("setup")
    assert account.endpoints() == [(VERSION, "enabled", COUNT), (VERSION, "enabled", 1)]


def test_an_endpoint_at_another_host_name_of_the_shop_is_its_own(account: Account) -> None:
    address = f"https://api.fitaiid.example{stripe_setup.WEBHOOK_PATH}"
    endpoint = account.endpoint("invoice.paid", url=address)
    assert f"No webhook endpoint at Stripe has the address {URL}." in account.check()
    account.app.extensions["settings"].ALLOWED_HOSTS = ("api.fitaiid.example",)
    code, output = account.type("setup")
    assert (code, f"{endpoint.id} updated" in output, account.check()) == (0, True, [])
    account.type("setup", "--new-secret")
    listed = account.v1.webhook_endpoints.list().data
    assert [(one.url, one.status) for one in listed] == [(address, "enabled"), (address, "disabled")]


def test_what_is_missing_and_superfluous_is_said_and_set_right_without_a_new_secret(account: Account) -> None:
    types = set(HANDLERS) - {"invoice.paid", "refund.failed"} | {"product.created"}
    endpoint = account.endpoint(*types)
    account.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    assert account.check()[:3] == [
        f"{endpoint.id} is disabled: no event is sent.",
        f"{endpoint.id} does not send invoice.paid, refund.failed.",
        f"{endpoint.id} sends product.created, which the shop does not handle.",
    ]
    code, output = account.type("setup")
    assert (code, f"Webhook endpoint: {endpoint.id} updated" in output, "whsec" in output) == (0, True, False)
    assert account.endpoints() == [(VERSION, "enabled", COUNT)]
    assert account.check() == []


def test_an_endpoint_for_every_type_is_narrowed(account: Account) -> None:
    account.type("setup")
    endpoint = account.v1.webhook_endpoints.list().data[0]
    account.v1.webhook_endpoints.update(endpoint.id, {"enabled_events": ["*"]})
    assert account.check() == [f"{endpoint.id} sends every type of event, and the shop handles {COUNT} of them."]
    account.type("setup")
    assert account.check() == []


@pytest.mark.parametrize(("version", "words"), [(OLD, f"version {OLD}"), (None, "the account's default version")])
def test_another_version_needs_another_endpoint_and_the_old_one_is_disabled(
    account: Account, version: str | None, words: str
) -> None:
    account.type("setup")
    (made,) = account.v1.webhook_endpoints.list().data
    account.v1.webhook_endpoints.delete(made.id)
    old = account.v1.webhook_endpoints.create(
        {"url": URL, "enabled_events": sorted(HANDLERS)} | ({"api_version": version} if version else {})
    )
    assert account.check() == [f"{old.id} sends events in {words}, and the shop reads {VERSION}."]
    code, output = account.type("setup")
    assert (code, "STRIPE_WEBHOOK_SECRET=whsec_" in output) == (0, True)
    assert f"Webhook endpoint: {old.id} ({version or words}) disabled" in output
    assert account.endpoints() == [(VERSION, "enabled", COUNT), (version, "disabled", COUNT)]
    assert account.check() == []
    assert "unchanged" in account.type("setup")[1]


def test_an_update_that_was_cut_off_before_the_old_endpoint_was_disabled_is_finished(account: Account) -> None:
    account.endpoint(api_version=OLD)
    account.type("setup")
    old = account.v1.webhook_endpoints.list().data[-1]
    account.v1.webhook_endpoints.update(old.id, {"disabled": False})
    assert account.check() == [f"{old.id} sends to {URL}, too: every event comes twice, with two secrets."]
    assert f"{old.id} ({OLD}) disabled" in account.type("setup")[1]
    assert account.check() == []


def test_two_endpoints_are_said_and_a_new_secret_leaves_one(account: Account) -> None:
    first, second = account.endpoint(), account.endpoint()
    account.type("setup")
    assert account.check() == [f"{first.id} sends to {URL}, too: every event comes twice, with two secrets."]
    output = account.type("setup", "--new-secret")[1]
    assert "STRIPE_WEBHOOK_SECRET=whsec_" in output
    assert output.count("disabled") == 2
    assert account.endpoints() == [(VERSION, "enabled", COUNT)] + [(VERSION, "disabled", COUNT)] * 2
    assert account.check() == []
    assert second.secret not in output


def test_a_refusal_of_stripe_is_its_sentence(account: Account) -> None:
    for _ in range(16):
        account.endpoint(url="https://books.example/hook")
    code, output = account.type("setup")
    assert (code, output.splitlines()[-1]) == (
        1, "Error: Stripe refuses: You have reached the maximum of 16 test webhook endpoints.",
    )  # fmt: skip


def test_the_portal_is_what_the_shop_offers_and_links_to_its_pages(account: Account) -> None:
    account.type("setup")
    (portal,) = account.v1.billing_portal.configurations.list().data
    on = {name for name, feature in portal.features.to_dict().items() if feature["enabled"]}
    assert on == {"payment_method_update", "invoice_history"}
    assert portal.default_return_url == f"{SHOP}/account/subscriptions"
    assert (portal.business_profile.privacy_policy_url, portal.business_profile.terms_of_service_url) == (
        f"{SHOP}/privacy", f"{SHOP}/terms",
    )  # fmt: skip
    with account.app.test_client() as client:
        for path in ("/privacy", "/terms"):
            assert client.get(path, base_url=SHOP).status_code == 200
    features = {"invoice_history": {"enabled": False}, "subscription_cancel": {"enabled": True}}
    account.v1.billing_portal.configurations.update(portal.id, {"features": features})
    assert account.check() == [f"The billing portal ({portal.id}) lacks invoice_history."]
    account.v1.billing_portal.configurations.update(portal.id, {"features": {"invoice_history": {"enabled": True}}})
    assert account.check() == [
        f"The billing portal ({portal.id}) offers subscription_cancel, which belongs to the shop's own pages."
    ]
    assert f"Billing portal: {portal.id} updated." in account.type("setup")[1]
    assert account.check() == []


@pytest.mark.parametrize("account", [{"default_portal": True}], indirect=True)
def test_a_portal_that_the_owner_saved_in_the_dashboard_will_do(account: Account) -> None:
    account.endpoint()
    assert account.check() == []
    assert "with the account's default configuration" in account.type("check")[1]
    (default,) = account.v1.billing_portal.configurations.list().data
    account.v1.billing_portal.configurations.update(
        default.id, {"features": {"payment_method_update": {"enabled": False}}}
    )
    assert account.check() == [f"The billing portal ({default.id}) lacks payment_method_update."]
    account.type("setup")
    assert account.check() == []


def portal_page(account: Account, shop: str = SHOP, gateway: StripeGateway | None = None) -> str:
    """Return the page of the portal that a customer of a shop gets."""
    gateway = gateway or account.app.extensions["payments"]
    with account.app.app_context():
        customer = gateway.ensure_customer("c1", email="ana@example.com", name="Ana", language="es")
        url = gateway.portal_url(customer, shop=shop, return_url=f"{shop}/account/subscriptions", language="es")
    return requests.get(url, timeout=5).text


@pytest.mark.parametrize("account", [{"default_portal": True}], indirect=True)
def test_a_customer_gets_the_portal_of_the_shop_and_elsewhere_the_default(account: Account) -> None:
    assert "Guardar la tarjeta" in portal_page(account), "the default serves where nothing else is"
    account.type("setup")
    portal = next(one for one in account.v1.billing_portal.configurations.list().data if not one.is_default)
    account.v1.billing_portal.configurations.update(
        portal.id, {"features": {"payment_method_update": {"enabled": False}}}
    )
    assert "Guardar la tarjeta" not in portal_page(account)
    assert "Guardar la tarjeta" in portal_page(account, shop="https://other.example")
    restricted = Restricted("sk_test_restricted", (), account.url)
    assert "Guardar la tarjeta" in portal_page(account, gateway=restricted)


class Restricted(StripeGateway):
    """A gateway whose key may open the portal and not read its configurations."""

    def list_portals(self) -> list[PortalConfiguration]:
        raise PaymentRefused("refused", "The provided key does not have the required permissions.")


def test_without_any_configuration_stripe_refuses_until_setup(account: Account) -> None:
    with pytest.raises(PaymentRefused, match="No configuration provided"):
        portal_page(account)
    account.type("setup")
    assert "Guardar la tarjeta" in portal_page(account)
    portal = account.v1.billing_portal.configurations.list().data[0]
    account.v1.billing_portal.configurations.update(portal.id, {"active": False})
    assert account.check() == ["The billing portal has no configuration: customers cannot change their card."]
    account.type("setup")
    assert account.check() == []


def test_the_shop_s_portal_is_found_among_many(account: Account) -> None:
    account.type("setup")
    off = {"features": {"invoice_history": {"enabled": False}}}
    for _ in range(100):
        account.v1.billing_portal.configurations.create(off)
    assert account.check() == []
    assert "Guardar la tarjeta" in portal_page(account)


def test_the_mode_of_the_key_is_compared_with_the_profile(account: Account) -> None:
    settings = account.app.extensions["settings"]
    account.type("setup")
    settings.PROFILE = "production"
    assert account.check() == [
        "The key is a test key, and the profile is production: customers cannot pay with real money."
    ]
    account.app.extensions["payments"] = StripeGateway("sk_live_of_nobody", ("whsec_x",), account.url)
    refused = account.check()
    assert len(refused) == 1
    assert refused[0].startswith("Stripe does not accept the key in STRIPE_SECRET_KEY")
    assert "The key is a live key: real money moves, and the profile is production." in account.type("check")[1]


def test_a_shop_without_a_secret_is_told(account: Account) -> None:
    account.type("setup")
    account.app.extensions["settings"].STRIPE_WEBHOOK_SECRETS = ()
    assert account.check() == ["STRIPE_WEBHOOK_SECRET is empty: the shop refuses every event."]


def test_stripe_itself_cannot_reach_this_machine(account: Account) -> None:
    settings = account.app.extensions["settings"]
    settings.BASE_URL, settings.STRIPE_API_BASE = "http://127.0.0.1:5000", ""
    code, output = account.type("setup")
    assert code == 1
    assert "BASE_URL is http://127.0.0.1:5000, where Stripe cannot send events" in output
    assert "stripe listen --forward-to http://127.0.0.1:5000/api/checkout/webhook" in output
    assert account.endpoints() == []
    assert "mend: stripe listen --forward-to" in account.type("check")[1]


def test_the_newest_event_is_the_newest_of_all_types(account: Account) -> None:
    gateway: StripeGateway = account.app.extensions["payments"]
    since, until = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    with account.app.app_context():
        assert gateway.newest_event(frozenset(HANDLERS), since, until) is None
        for kind in ("refund.updated", "charge.refunded"):  # the last and one of the first twenty
            body = {"type": kind, "object": {"id": "x", "object": "x"}}
            assert requests.post(f"{account.url}/_sim/emit", json=body, timeout=5).ok
            requests.post(f"{account.url}/_sim/clock", json={"advance": 60}, timeout=5)
            newest = gateway.newest_event(frozenset(HANDLERS), since, until)
            assert newest is not None
            assert (newest.type, newest.waiting) == (kind, 0)
        assert gateway.newest_event(frozenset(HANDLERS), since, since) is None


def test_a_wrong_key_is_a_refusal_of_its_own(account: Account) -> None:
    with account.app.app_context(), pytest.raises(KeyRefused) as refusal:
        StripeGateway("pk_test_x", (), account.url).list_endpoints()
    assert refusal.value.is_passing
