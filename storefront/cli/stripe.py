"""Commands for the Stripe account: list the needed events, set the account up, check it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from storefront.cli.errors import ShopGroup
from storefront.services.payments import stripe_check, stripe_setup
from storefront.services.payments.stripe_setup import Outcome

stripe = ShopGroup("stripe", help="The Stripe account: events, setup, check.")


@stripe.command("events")
def show_events() -> None:
    """List every type of event that the shop handles, one a line."""
    click.echo("\n".join(sorted(stripe_setup.event_types())))


@stripe.command("setup")
@click.option("--new-secret", is_flag=True, help="Create a new endpoint, with a new secret, and disable the others.")
def setup(new_secret: bool) -> None:
    """Create or update the webhook endpoint and the billing portal's configuration; a second time changes nothing."""
    with _sentences():
        outcome, portal = stripe_setup.configure_portal()
        click.echo(f"Billing portal: {portal.id} {outcome}.")
        outcome, endpoint = stripe_setup.configure_endpoint(new_secret=new_secret)
        count, version = len(endpoint.event_types), endpoint.api_version
        click.echo(f"Webhook endpoint: {endpoint.id} {outcome}, {endpoint.url}, {count} types of events, {version}.")
        _print_secret(outcome, endpoint.secret)
        for replaced in stripe_setup.disable_replaced(endpoint, new_secret=new_secret):
            version_label = replaced.api_version or "the account's default version"
            click.echo(f"Webhook endpoint: {replaced.id} ({version_label}) disabled, {endpoint.id} replaces it.")


def _print_secret(outcome: Outcome, secret: str | None) -> None:
    if outcome is Outcome.CREATED:
        click.echo("Its signing secret is shown this once. Put it into the environment and restart the shop:")
        click.echo(f"STRIPE_WEBHOOK_SECRET={secret}")
    else:
        click.echo(
            "Stripe shows a signing secret only when an endpoint is created: it stays as it was. It is in Stripe's "
            "dashboard; --new-secret replaces it."
        )


@stripe.command("check")
def check() -> None:
    """Compare the Stripe account with what the shop needs; exit with 1 if something is to be mended."""
    findings = stripe_check.examine()
    for finding in findings:
        click.echo(
            f"{finding.area:8} {finding.what}" + (f"\n         mend: {finding.repair}" if finding.repair else "")
        )
    faults = sum(bool(finding.repair) for finding in findings)
    click.echo(f"{faults} to mend" if faults else "Stripe is set up")
    sys.exit(1 if faults else 0)


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn a `StripeSetupError` into exit code 1 and a message."""
    try:
        yield
    except stripe_setup.StripeSetupError as error:
        raise click.ClickException(str(error)) from error
