"""The components of the pages, each in its states; for demonstrations only."""

import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from flask import Blueprint, Response, current_app, render_template, request

from storefront.i18n import field_message
from storefront.services import catalogue
from storefront.web.forms import ReviewForm, ShippingForm
from storefront.web.pages import around

bp = Blueprint("styleguide", __name__, url_prefix="/dev/styleguide")
THEMES = ("light", "dark")


@bp.get("")
def show() -> str:
    """Show every component; `theme` shows them light or dark whatever the device prefers."""
    theme = request.args.get("theme", "")
    form, refused, consent = ShippingForm(formdata=None), ShippingForm(formdata=None), ReviewForm(formdata=None)
    form.department.choices = refused.department.choices = [("", ""), ("11", "Bogotá D.C."), ("05", "Antioquia")]
    for name, code in {"city": "unknown_city", "street": "required", "phone": "invalid_phone"}.items():
        refused.say(name, field_message(code, name))
    refused.city.data = "Bogota de Antioquia"
    consent.say("consent", field_message("required", "consent"))
    goods = catalogue.cards(catalogue.Search(sort="popular", limit=3)).items
    return render_template(
        "dev/styleguide.html",
        theme=theme if theme in THEMES else "",
        form=form,
        refused=refused,
        consent=consent,
        products=goods,
        lines=[
            SimpleNamespace(name=product.name, image=product.picture, quantity=n, total_minor=n * product.price_minor)
            for n, product in enumerate(goods, 1)
        ],
        pages=around(3, 9),
    )


@bp.get("/themes.css")
def themes() -> Response:
    """Return the shop's two sets of colours as classes, read from its own style."""
    return Response(_themes(Path(current_app.static_folder or "") / "css" / "shop.css"), mimetype="text/css")


@cache
def _themes(style: Path) -> str:
    colours = re.findall(r":root \{(.*?)\}", style.read_text(), re.DOTALL)
    frame = "color-scheme: {0}; background: var(--paper); color: var(--ink); padding: var(--s4);"
    parts = [
        f".theme-{theme} {{ {frame.format(theme)} {values} }}" for theme, values in zip(THEMES, colours, strict=True)
    ]
    return "\n".join([*parts, ".style-part { margin-block: var(--s6); }"])
