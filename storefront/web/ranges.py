"""Which part of a file a request asks for (RFC 9110, section 14)."""

import re

_ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


class NotSatisfiable(Exception):
    """The file has no such part."""


def wanted_part(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the part that a `Range` header names as (start, stop), or None for the whole file.

    Several ranges at once, other units and what is no range are answered with the whole file, as the
    standard allows. Raises `NotSatisfiable`.
    """
    found = _ONE_RANGE.fullmatch(header or "")
    if found is None or found.group() == "bytes=-" or not any(found.groups()):
        return None
    first, last = found.groups()
    if first and last and int(first) > int(last):
        return None
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= size:
        raise NotSatisfiable
    return start, stop
