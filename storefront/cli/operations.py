"""Commands for the mail queue, and the consistency check `flask doctor`."""

import sys

import click
from flask.cli import with_appcontext

from storefront.cli.actors import as_staff
from storefront.cli.errors import ShopCommand, ShopGroup
from storefront.services.admin.permissions import Actor, Permission
from storefront.services.jobs import consistency
from storefront.services.mail import mail_delivery, previews

mail = ShopGroup("mail", help="Mail that waits in the outbox.")


@mail.command("deliver")
@click.option("--retry", is_flag=True, help="Try again what was given up, too.")
@as_staff(Permission.CUSTOMERS)
def deliver(retry: bool, staff: Actor) -> None:
    """Send what is due."""
    if retry:
        click.echo(f"{mail_delivery.retry(staff=staff)} to be tried again")
    click.echo(f"{mail_delivery.deliver_due()} sent")


@mail.command("preview")
@click.argument("template", required=False)
@click.option("--language", type=click.Choice(["es", "en"]), default="es")
@click.option("--html", "as_html", is_flag=True, help="The HTML part instead of the text.")
def preview(template: str | None, language: str, as_html: bool) -> None:
    """Show a mail of an invented order, or list the mails there are."""
    if template is None:
        click.echo("\n".join(previews.templates()))
        return
    email = previews.preview(template, language)
    click.echo(email.html if as_html else f"{email.subject}\n\n{email.text}")


@click.command("doctor", cls=ShopCommand)
@click.option("--stripe", "with_stripe", is_flag=True, help="Compare with Stripe; a request for a hundred orders.")
@click.option(
    "--fix",
    is_flag=True,
    help="Set counters to their ledgers, lists to the variants, and the words of searches to what they find.",
)
@with_appcontext
def doctor(with_stripe: bool, fix: bool) -> None:
    """Examine stock, money, orders, mail, events and settings; exit with 1 if something is wrong or missing."""
    if fix:
        click.echo(f"{consistency.repair()} counters set")
    findings = consistency.examine(with_stripe=with_stripe)
    for finding in findings:
        click.echo(f"{finding.area:8} {finding.what}\n         mend: {finding.repair}")
    click.echo(f"{len(findings)} findings" if findings else "healthy")
    sys.exit(1 if findings else 0)
