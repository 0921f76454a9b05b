"""Deletes the files of pictures and products that nothing has referred to for a day."""

from storefront import clock
from storefront.database import transaction
from storefront.domain import unused_files
from storefront.gateways import file_store


def delete_due(limit: int = 100) -> int:
    """Delete files whose time is over and return how many; a name that was claimed by somebody who died comes again."""
    with transaction():
        names = unused_files.claim(clock.now(), limit)
    store = file_store()
    for name in names:
        store.delete(name)
        with transaction():
            unused_files.forget([name])
    return len(names)
