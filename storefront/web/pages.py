"""Pagination: the requested page, and the page numbers to link."""

from flask import request

_LAST_PAGE = 999_999


def requested_page() -> int:
    """Return the page number of the query string; an invalid one is 1."""
    return min(max(1, request.args.get("page", 1, type=int)), _LAST_PAGE)


def around(page: int, pages: int) -> list[int]:
    """Return the page numbers to link: the first, the last, and those near this one."""
    return sorted({number for number in (1, page - 1, page, page + 1, pages) if 1 <= number <= pages})
