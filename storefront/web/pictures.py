"""Addresses of pictures for pages: static files with the hash of their content, and uploaded ones by their digest."""

from flask import url_for

from storefront.services import catalogue
from storefront.web.assets import asset

_STATIC = "/static/"


def picture_url(name: str, width: int) -> str:
    """Return the address of a picture in the smallest width that is enough, or in its largest."""
    return _url(catalogue.picture_path(name, width))


def picture_srcset(name: str) -> str:
    """Return the attribute of an `img` with every width."""
    return ", ".join(f"{_url(path)} {width}w" for width, path in catalogue.picture_files(name))


def sharing_url(name: str) -> str:
    """Return the address of the picture that other sites show."""
    return _url(catalogue.sharing_path(name))


def picture_file_url(path: str) -> str:
    """Return the address of a file of a picture by its path below the shop's address."""
    return _url(path)


def _url(path: str) -> str:
    if path.startswith(_STATIC):
        return asset(path.removeprefix(_STATIC))
    return url_for("media.picture", name=path.rsplit("/", 1)[-1])
