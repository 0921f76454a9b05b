"""Commands for stock: list, history, receive, damage, correct, count."""

from typing import BinaryIO

import click

from storefront.cli.actors import as_staff
from storefront.cli.errors import ShopGroup
from storefront.enums import StockReason
from storefront.services.admin.permissions import Actor, Permission
from storefront.services.stock import changes, count_files, counts, listing

stock = ShopGroup("stock", help="Stock: list, history, receive, damage, correct, count.")

_sku = click.argument("sku")
_units = click.argument("units", type=click.IntRange(min=1))


@stock.command("list")
@click.option("--text", default="", help="Words of the name, the beginning of the SKU, or a barcode.")
@click.option("--low", "show", flag_value=listing.LOW, default="", help="Only what runs low.")
@click.option("--out", "show", flag_value=listing.OUT, help="Only what has run out.")
@click.option("--page", type=click.IntRange(min=1), default=1)
def show_list(text: str, show: str, page: int) -> None:
    """List variants with their units."""
    found = listing.find(text, show=show or "", page=page)
    for row in found.items:
        on_hand, reserved = row.counters
        mark = "low" if row.is_low else ""
        click.echo(
            f"{row.variant.sku:32} {on_hand:7} on hand {reserved:6} reserved {row.counters.available:7} available"
            f"  {mark:3}  {row.variant.name_in('en')}".rstrip()
        )
    click.echo(f"{found.total} variants, page {found.page} of {found.pages}")


@stock.command("history")
@_sku
@click.option("--holds", is_flag=True, help="Units reserved and released again, too.")
@click.option("--limit", type=click.IntRange(min=1), default=50)
def history(sku: str, holds: bool, limit: int) -> None:
    """Show what moved a variant's units, newest first, with what was on hand after it."""
    row = listing.get_by_sku(sku)
    for movement in listing.movements(row.variant.id, with_holds=holds, limit=limit).items:
        line = movement.row
        author = movement.order_number or line.actor
        click.echo(
            f"{line.at:%Y-%m-%d %H:%M:%S}Z  {line.reason:9} {line.on_hand_delta:+7} {movement.on_hand:7}  "
            f"{author}  {line.note}".rstrip()
        )
    on_hand, reserved = row.counters
    click.echo(f"{sku}: {on_hand} on hand, {reserved} reserved, {row.counters.available} available")


@stock.command("receive")
@_sku
@_units
@click.option("--note", default="", help="Such as the supplier's delivery note.")
@as_staff(Permission.STOCK)
def receive(sku: str, units: int, note: str, staff: Actor) -> None:
    """Add units that arrived."""
    _change(sku, StockReason.RECEIVED, units, note, staff)


@stock.command("damage")
@_sku
@_units
@click.option("--note", required=True, help="What happened.")
@as_staff(Permission.STOCK)
def damage(sku: str, units: int, note: str, staff: Actor) -> None:
    """Take away units that nobody can buy any more."""
    _change(sku, StockReason.DAMAGED, units, note, staff)


@stock.command("correct", context_settings={"ignore_unknown_options": True})
@_sku
@click.argument("units", type=int)
@click.option("--note", required=True, help="Why.")
@as_staff(Permission.STOCK)
def correct(sku: str, units: int, note: str, staff: Actor) -> None:
    """Add units, or take them away: `flask stock correct SKU -2 --note …`."""
    _change(sku, StockReason.CORRECTED, units, note, staff)


@stock.command("sheet")
@click.option("--language", type=click.Choice(["es", "en"]), default="es", help="The language of the names.")
def sheet(language: str) -> None:
    """Print a count sheet as CSV, with what the shop says now; fill in `counted` and give it to `flask stock count`."""
    for line in count_files.sheet(language):
        click.echo(line, nl=False)


@stock.command("count")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Show the differences, and write nothing.")
@click.option("--note", default="", help="Such as the shelf, or who counted.")
@as_staff(Permission.STOCK)
def count(file: BinaryIO, dry_run: bool, note: str, staff: Actor) -> None:
    """Write the counts of a CSV file, all or none.

    Columns: `sku`, `counted`, and `on_hand`, what the shop said when it was counted; without it, what the shop says
    now. Only differences are added, so that what is sold meanwhile stays sold.
    """
    found = count_files.read(file.read(count_files.MAX_BYTES + 1))
    differences = counts.compare(found) if dry_run else counts.write(found, note=note, staff=staff)
    for one in differences:
        if one.units:
            click.echo(f"line {one.count.line:5}  {one.variant.sku:32} {one.units:+7}  {one.left:7} left")
    different = sum(1 for one in differences if one.units)
    done = "Nothing was written" if dry_run else "Written"
    click.echo(f"{done}: {len(differences)} counts, {different} with a difference.")


def _change(sku: str, reason: StockReason, units: int, note: str, staff: Actor) -> None:
    variant = listing.get_by_sku(sku).variant
    after = changes.change(variant.id, reason, units, note=note, staff=staff)
    click.echo(f"{sku}: {after.on_hand} on hand, {after.reserved} reserved, {after.available} available")
