"""Products, variants and first stock as a CSV file, in and out: what it would change, all of it or nothing, and export.

`check` writes nothing. `apply` compares again inside its own transaction, so that what happened meanwhile counts.
"""

from collections.abc import Callable

from sqlalchemy.exc import IntegrityError

from storefront import clock
from storefront.database import leave_transaction, transaction
from storefront.enums import AuditAction, AuditObject
from storefront.services import audit
from storefront.services.catalogue.product_csv import plan, reading, shop, writing
from storefront.services.catalogue.product_csv.exporting import export
from storefront.services.catalogue.product_csv.plan import Progress
from storefront.services.catalogue.product_csv.reading import MAX_BYTES
from storefront.services.catalogue.product_csv.report import Change, Place, Problem, Report


def check(content: bytes, *, progress: Progress) -> Report:
    """Return what a file would change, or what of it is refused."""
    sheet = reading.read(content)
    found = shop.read(sheet.rows, is_locked=False)
    leave_transaction()  # comparing takes seconds
    return plan.compare(sheet, found, progress).report


def apply(
    content: bytes,
    *,
    file_name: str,
    staff: audit.Actor,
    progress: Progress,
    finish: Callable[[Report], None] | None = None,
) -> Report:
    """Apply a file, unless a row is refused: all of it in one transaction, or nothing; `finish` belongs to it.

    Raises what `finish` raises, and then nothing is written.
    """
    sheet = reading.read(content)
    try:
        with transaction():
            found = shop.read(sheet.rows, is_locked=True)
            planned = plan.compare(sheet, found, progress)
            report = planned.report
            if not report.refused:
                writing.write(planned, found, staff=staff, note=file_name, now=clock.now(), progress=progress)
                facts = {**report.counts, "categories": report.categories}
                audit.record(staff, AuditAction.IMPORTED, AuditObject.PRODUCT, file_name, after=facts)
                report.is_applied = True
                if finish is not None:
                    finish(report)
    except IntegrityError:  # somebody added the same address or SKU after it was looked for
        return Report(rows=len(sheet.rows), refused=[Problem(Place(1, 1), "", "changed_meanwhile")])
    return report


__all__ = ["MAX_BYTES", "Change", "Place", "Problem", "Progress", "Report", "apply", "check", "export"]
