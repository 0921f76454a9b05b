"""Names of pictures as products, carts and orders keep them: one text, which leads to the files in all widths.

An uploaded picture is named by its digest and the width of its largest file, a drawing of the shop by a word.
"""

import re
from functools import lru_cache

from storefront.domain.picture import ADDRESS, DIGEST_LENGTH, ending, sharing_ending, widths_of

NO_PICTURE = "sin-foto"
"""The drawing of a product without pictures."""

DRAWINGS = "/static/img/products/"
_DRAWING_WIDTHS = (480, 960)
_UPLOADED = re.compile(rf"([0-9a-f]{{{DIGEST_LENGTH}}})-([1-9][0-9]{{1,3}})", re.ASCII)


def picture_files(name: str) -> list[tuple[int, str]]:
    """Return the files of a picture, the narrowest first: each width, and the path below the shop's address."""
    uploaded = _UPLOADED.fullmatch(name)
    if uploaded is None:
        return [(width, f"{DRAWINGS}{name or NO_PICTURE}-{width}.webp") for width in _DRAWING_WIDTHS]
    digest, width = uploaded.groups()
    return [(one, f"{ADDRESS}{digest}{ending(one)}") for one in widths_of(int(width))]


@lru_cache(4096)
def picture_path(name: str, width: int) -> str:
    """Return the path of the smallest file of a picture that is at least so wide, or of the largest."""
    files = picture_files(name)
    return next((path for one, path in files if one >= width), files[-1][1])


def sharing_path(name: str) -> str:
    """Return the path of the picture that other sites show: a JPEG."""
    uploaded = _UPLOADED.fullmatch(name)
    return f"{ADDRESS}{uploaded[1]}{sharing_ending()}" if uploaded else f"{DRAWINGS}{name or NO_PICTURE}-share.jpg"
