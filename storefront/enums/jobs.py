"""What the worker does for somebody who waits, and how far it is."""

from enum import StrEnum


class JobKind(StrEnum):
    """Say what a file of products would change, or apply it; draw the packing slips of many orders; write
    the accountant's file."""

    PRODUCT_CHECK = "product_check"
    PRODUCT_IMPORT = "product_import"
    PACKING_SLIPS = "packing_slips"
    ACCOUNTING_EXPORT = "accounting_export"


class JobState(StrEnum):
    """A job waits, is worked on, or has ended: with a result, or without having changed anything."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
