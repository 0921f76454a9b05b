"""Range requests (RFC 9110, section 14), parsed by Werkzeug."""

from werkzeug.http import parse_range_header


class NotSatisfiable(Exception):
    """The range starts after the file's end."""


def requested_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the part that a `Range` header names as (start, stop), or None for the whole file.

    Several ranges at once, other units and what is no range are answered with the whole file, as the
    standard allows. Raises `NotSatisfiable`.
    """
    parsed = parse_range_header(header)
    if parsed is None or parsed.units != "bytes" or len(parsed.ranges) != 1:
        return None
    start, stop = parsed.ranges[0]
    # Werkzeug's own `range_for_length` refuses the last 500 bytes of a shorter file, which are the whole file.
    start = max(0, size + start) if start < 0 else start
    if start >= size:
        raise NotSatisfiable
    return start, min(stop or size, size)
