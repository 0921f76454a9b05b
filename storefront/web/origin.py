"""Which site a form was sent from, as far as the browser tells.

A form's token is what keeps other sites out. Where the browser also says where a form comes from, in `Sec-Fetch-Site`
or `Origin`, it must be this site. `Referer` is not asked for: many browsers and networks leave it out.
"""

from urllib.parse import urlsplit

from flask import g, request
from werkzeug.exceptions import Forbidden

from storefront.settings import settings


class ForeignForm(Forbidden):
    """A form with a good token that another site sent."""


def refuse_foreign_forms() -> None:
    """Refuse a form whose token was right when the browser says that another site sent it; runs after that check."""
    if g.get("csrf_valid") and is_foreign():
        raise ForeignForm()


def is_foreign() -> bool:
    """Say whether the browser tells that this request comes from another site.

    An `Origin` of `null` tells nothing: browsers that send no Referer send it with forms of the same site, too.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "null")
    is_other_site = site is not None and site not in {"same-origin", "none"}
    return is_other_site or (origin != "null" and origin.lower() not in _own_origins())


def may_be_foreign() -> bool:
    """Say whether another site could have sent this request: a sandboxed page of any site has the origin `null`."""
    is_hidden = request.headers.get("Origin") == "null" and request.headers.get("Sec-Fetch-Site") is None
    return is_hidden or is_foreign()


def _own_origins() -> set[str]:
    """Return the origins of the shop's pages: that of BASE_URL, and its scheme with the host that was asked for."""
    base = urlsplit(settings().BASE_URL)
    return {f"{base.scheme}://{base.netloc}".lower(), f"{base.scheme}://{request.host}".lower()}
