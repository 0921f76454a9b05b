"""Commands for products as files: import, export."""

import sys
from pathlib import Path

import click
from flask_babel import force_locale

from storefront.cli.actors import as_staff
from storefront.cli.errors import ShopGroup
from storefront.i18n import cell_message, place_label
from storefront.services.admin.permissions import Actor, Permission
from storefront.services.catalogue import product_csv

products = ShopGroup("products", help="Products, variants and first stock as a CSV file: import, export.")

_MOST_SHOWN = 200


@products.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--language", type=click.Choice(["en", "es"]), default="en", help="The language of what is refused.")
@as_staff(Permission.CATALOGUE)
def import_file(file: Path, dry_run: bool, language: str, staff: Actor) -> None:
    """Create and change products from a file: all of it, or nothing and exit code 1 if a row is refused."""
    if file.stat().st_size > product_csv.MAX_BYTES:
        raise click.ClickException(f"{file.name} is larger than {product_csv.MAX_BYTES // 1024 // 1024} MB.")
    content = file.read_bytes()
    if dry_run:
        report = product_csv.check(content, progress=_show)
    else:
        report = product_csv.apply(content, file_name=file.name, staff=staff, progress=_show)
    with force_locale(language):
        _print(report)
    if report.refused:
        raise click.ClickException("Nothing was changed.")
    click.echo("Nothing was changed: this was a dry run." if dry_run else "Imported.")


@products.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def export_file(file: Path | None) -> None:
    """Write all products into a file, or to standard output, as `import` reads them."""
    if file is None:
        for part in product_csv.export():
            sys.stdout.buffer.write(part.encode())
        sys.stdout.buffer.flush()
        return
    with file.open("w", encoding="utf-8", newline="") as written:
        written.writelines(product_csv.export())


def _show(step: str, done: int, total: int) -> None:
    click.echo(f"{step} {done} of {total}", err=True)


def _print(report: product_csv.Report) -> None:
    for change in report.changes[:_MOST_SHOWN]:
        cells = "; ".join(f"{column}: {_short(before)} -> {_short(after)}" for column, before, after in change.cells)
        click.echo(f"row {change.place.row:5}  {'new' if change.is_new else 'changed':7}  {change.sku}  {cells}")
    for problem, kind in [(one, "refused") for one in report.refused] + [(one, "left") for one in report.notes]:
        place = place_label(problem.place.row, problem.place.line, problem.column)
        click.echo(f"{kind}: {place}: {cell_message(problem.code, problem.facts)}")
    if report.categories:
        click.echo(f"new categories: {', '.join(report.categories)}")
    click.echo(", ".join(f"{number} {name.replace('_', ' ')}" for name, number in report.counts.items()))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return (line[:37] + "…" if len(line) > 38 else line) or "(empty)"
