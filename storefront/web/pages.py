"""Pages of a longer list: which one is asked for, and which are worth a link."""

from flask import request

_LAST_PAGE = 999_999


def requested_page() -> int:
    """Return the page that the address asks for; nonsense is the first."""
    return min(max(1, request.args.get("page", 1, type=int)), _LAST_PAGE)


def around(page: int, pages: int) -> list[int]:
    """Return the page numbers worth a link: the first, the last, and those near this one."""
    return sorted({number for number in (1, page - 1, page, page + 1, pages) if 1 <= number <= pages})
