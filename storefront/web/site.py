"""Language switch, municipalities for the address form, robots.txt, sitemap and favicon."""

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    send_from_directory,
    session,
)
from flask_login import current_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from storefront.i18n.babel import LANGUAGES
from storefront.services.accounts import authentication
from storefront.services.accounts.addresses import municipalities_of
from storefront.settings import settings
from storefront.web.language_addresses import PLAIN, in_language, language_of, url_in
from storefront.web.redirects import next_path
from storefront.web.seo import absolute, page_paths, product_paths, sitemap_parts

bp = Blueprint("site", __name__)
_A_DAY = "public, max-age=86400"
_MOST_PARTS = 10_000
_PRIVATE = ("/account/", "/api/", "/cart", "/checkout/", "/dev/", "/downloads/", "/staff/")


@bp.post("/language")
def language() -> AnyResponse:
    """Switch the language and stay on the page: at its address in that language, if it has one."""
    chosen, page = request.form.get("lang", ""), next_path("")
    if chosen not in LANGUAGES:
        return redirect(page or "/", 303)
    session["lang"] = chosen
    session.permanent = True
    if current_user.is_authenticated:
        authentication.set_language(current_user.customer_id, chosen)
    return redirect(in_language(page, chosen) or "/", 303)


@bp.get("/addresses/municipalities")
def municipalities() -> Response:
    """Return the municipalities of a department by its DANE code, for the list under the city field."""
    names = [place.name for place in municipalities_of(request.args.get("department", ""))]
    response = jsonify(names)
    response.headers["Cache-Control"] = _A_DAY
    return response


@bp.get("/robots.txt")
def robots() -> Response:
    """Return robots.txt: the private paths, and the URL of the sitemap of each language."""
    sitemaps = (f"Sitemap: {absolute(url_in(language, 'site.sitemap'))}" for language in LANGUAGES)
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _PRIVATE), "", *sitemaps]
    return Response("\n".join(lines) + "\n", mimetype="text/plain", headers={"Cache-Control": _A_DAY})


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Return the index of the sitemaps of a language, which the address names: caches give it to everybody."""
    return _xml(render_template("site/sitemap_index.xml", parts=sitemap_parts(_language())))


@bp.get("/sitemap-pages.xml")
def sitemap_pages() -> Response:
    """Return the sitemap of every public page but the products'."""
    return _xml(render_template("site/sitemap.xml", base=settings().BASE_URL, paths=page_paths(_language())))


@bp.get("/sitemap-products-<int:part>.xml")
def sitemap_products(part: int) -> Response:
    """Return a part of the sitemap of products."""
    found = product_paths(_language(), part) if 1 <= part <= _MOST_PARTS else []
    if not found:
        raise NotFound()
    return _xml(render_template("site/sitemap.xml", base=settings().BASE_URL, paths=found))


def _language() -> str:
    return language_of(request.path) or PLAIN


def _xml(page: str) -> Response:
    return Response(page, mimetype="application/xml", headers={"Cache-Control": _A_DAY})


@bp.get("/favicon.ico")
def favicon() -> Response:
    """Return the favicon for browsers that request it without a link."""
    if current_app.static_folder is None:
        raise NotFound()
    response = send_from_directory(current_app.static_folder, "img/favicon.svg", mimetype="image/svg+xml")
    response.headers["Cache-Control"] = _A_DAY
    # An email in the demonstration's mailbox has an opaque origin, and its browser requests this too.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
