"""Commands for Stripe's webhook events: list, show, replay, ignore."""

import json

import click

from storefront.cli.actors import as_staff
from storefront.cli.errors import ShopGroup
from storefront.enums import PaymentEventState
from storefront.services.admin.permissions import Actor, Permission
from storefront.services.payments import webhook_events

events = ShopGroup("events", help="Stripe's events: list, show, replay, ignore.")


@events.command("list")
@click.option("--failed", is_flag=True, help="Only events that could not be applied.")
@click.option("--limit", default=50)
def show_list(failed: bool, limit: int) -> None:
    """List the newest events."""
    for event in webhook_events.latest(only_failed=failed, limit=limit):
        click.echo(f"{event.received_at:%Y-%m-%d %H:%M:%S}Z  {event.state:8} {event.type:40} {event.id}")


@events.command("show")
@click.argument("event_id")
def show(event_id: str) -> None:
    """Show an event with its payload, and the error if it failed."""
    event = webhook_events.get(event_id)
    click.echo(f"{event.id} {event.type} {event.state}")
    click.echo(json.dumps(event.payload, indent=2, ensure_ascii=False))
    if event.error:
        click.echo(event.error)


@events.command("replay")
@click.argument("event_id")
@as_staff(Permission.EVENTS)
def replay(event_id: str, staff: Actor) -> None:
    """Apply an event again; one that is done stays done, and one that fails again says why."""
    is_new = webhook_events.replay(event_id, staff=staff)
    event = webhook_events.get(event_id)
    if event.state == PaymentEventState.FAILED:
        raise click.ClickException(f"failed again: {event.error}")
    if event.state != PaymentEventState.DONE:
        click.echo(f"{event.state}: {event.error}")
    else:
        click.echo("applied" if is_new else "nothing to do: it was applied before")


@events.command("ignore")
@click.argument("event_id")
@click.option("--note", required=True, help="Why it can never be applied; it is kept beside the reason.")
@as_staff(Permission.EVENTS)
def ignore(event_id: str, note: str, staff: Actor) -> None:
    """Leave an event alone that failed and can never be applied, so that nobody is told of it any more."""
    is_ignored = webhook_events.ignore(event_id, note=note, staff=staff)
    click.echo("ignored" if is_ignored else "nothing to do: it has not failed")
