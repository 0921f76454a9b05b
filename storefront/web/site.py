"""Small things around the pages: language, municipalities for the address form, what robots and browsers ask for."""

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
from storefront.web.redirects import next_path
from storefront.web.seo import absolute, addresses

bp = Blueprint("site", __name__)
_A_DAY = "public, max-age=86400"
_PRIVATE = ("/account/", "/api/", "/cart", "/checkout/", "/dev/", "/downloads/", "/staff/")


@bp.post("/language")
def language() -> AnyResponse:
    """Switch the language and stay on the page."""
    chosen = request.form.get("lang", "")
    if chosen in LANGUAGES:
        session["lang"] = chosen
        session.permanent = True
        if current_user.is_authenticated:
            authentication.set_language(current_user.customer_id, chosen)
    return redirect(next_path("/"), 303)


@bp.get("/addresses/municipalities")
def municipalities() -> Response:
    """Return the municipalities of a department by its DANE code, for the list under the city field."""
    names = [place.name for place in municipalities_of(request.args.get("department", ""))]
    response = jsonify(names)
    response.headers["Cache-Control"] = _A_DAY
    return response


@bp.get("/robots.txt")
def robots() -> Response:
    """Tell robots what is private, and where the list of everything else is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _PRIVATE), "", f"Sitemap: {absolute('/sitemap.xml')}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain", headers={"Cache-Control": _A_DAY})


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """List every page that is for everybody."""
    page = render_template("site/sitemap.xml", addresses=addresses())
    return Response(page, mimetype="application/xml", headers={"Cache-Control": _A_DAY})


@bp.get("/favicon.ico")
def favicon() -> Response:
    """Return the shop's sign for browsers that ask without looking at the page."""
    if current_app.static_folder is None:
        raise NotFound()
    response = send_from_directory(current_app.static_folder, "img/favicon.svg", mimetype="image/svg+xml")
    response.headers["Cache-Control"] = _A_DAY
    # A letter of the demonstration's mailbox is shown without our origin, and its browser asks for this too.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
