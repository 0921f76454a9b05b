"""What buyers write about their orders: the form of a review, the list of their own, and no more mails that ask."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField, TextAreaField

from storefront.errors import InvalidInput
from storefront.i18n import current_language
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.orders import own_orders, own_reviews
from storefront.services.orders.own_reviews import Opinion, ReviewedLine
from storefront.web.current_user import remember_order, shopper, signed_in_only
from storefront.web.forms import Form, clean_line, clean_lines
from storefront.web.pages import requested_page

bp = Blueprint("reviews", __name__, url_prefix="/account")
_STARS = ("5", "4", "3", "2", "1")
_OF_ORDER = "/orders/<number>/reviews"


class ProductReviewForm(Form):
    """Stars, a title and a text."""

    stars = RadioField(_l("Tu calificación"), validate_choice=False, choices=list(_STARS))
    title = StringField(_l("Título"), filters=[clean_line])
    text = TextAreaField(_l("Tu reseña"), filters=[clean_lines])

    @property
    def opinion(self) -> Opinion:
        """Return what was typed; the service checks it."""
        stars = self.stars.data or ""
        return Opinion(int(stars) if stars in _STARS else 0, self.title.data, self.text.data)


@bp.get("/reviews")
@signed_in_only
def own_list() -> str:
    """List what the customer bought and can review, with the reviews that there are."""
    return render_template(
        "account/reviews.html", page=own_reviews.list_for(current_user.customer_id, page=requested_page())
    )


@bp.get(_OF_ORDER)
def of_order(number: str) -> str:
    """List what of an order can be reviewed; the mail that asks for reviews leads here."""
    order = _order(number)
    return render_template("account/order_reviews.html", order=order, lines=own_reviews.lines_of(order), token=_token())


@bp.get(_OF_ORDER + "/<int:line_id>")
def show_form(number: str, line_id: int) -> str:
    """Show the form for the review of one line, with what it says now."""
    found = own_reviews.get_line(_order(number), line_id)
    review = found.review
    values = {"stars": str(review.stars), "title": review.title, "text": review.text} if review else {}
    return _page(found, ProductReviewForm(formdata=None, data=values))


@bp.post(_OF_ORDER + "/<int:line_id>")
@limited("change")
def send(number: str, line_id: int) -> Response | tuple[str, int]:
    """Write or change the review of one line."""
    found, form = own_reviews.get_line(_order(number), line_id), ProductReviewForm()
    if form.validate():
        try:
            own_reviews.save(shopper(), number, line_id, form.opinion, current_language(), token=_token())
        except InvalidInput as refusal:
            form.refuse(refusal.problems)
        else:
            flash(_("Gracias. Leemos tu reseña antes de publicarla; aquí ves cómo va."), "good")
            return redirect(url_for(".of_order", number=number, token=_token()), 303)
    return _page(found, form), 422


@bp.post(_OF_ORDER + "/<int:line_id>/remove")
@limited("change")
def remove(number: str, line_id: int) -> Response:
    """Erase the review of one line."""
    _order(number)
    own_reviews.remove(shopper(), number, line_id, token=_token())
    flash(_("Borramos tu reseña."), "good")
    return redirect(url_for(".of_order", number=number, token=_token()), 303)


@bp.get(_OF_ORDER + "/stop")
def ask_to_stop(number: str) -> str:
    """Show a button: a mail program that opens links must not end anything."""
    return render_template("account/review_mails.html", order=_order(number), token=_token())


@bp.post(_OF_ORDER + "/stop")
@limited("change")
def stop(number: str) -> Response:
    """Send no more mails that ask for reviews to whom the order belongs."""
    _order(number)
    own_reviews.stop_mails(shopper(), number, token=_token())
    flash(_("Listo: no te pediremos más reseñas por correo. Los correos de tus pedidos siguen llegando."), "good")
    return redirect(url_for("account.order", number=number, token=_token()), 303)


def _order(number: str) -> Any:
    """Return an order that this browser may see, and remember it if it is a guest's."""
    order = own_orders.get(shopper(), number, token=_token())
    remember_order(order.public_id)
    return order


def _token() -> str | None:
    """Return the secret of a mail's link, which every address behind it carries on."""
    return request.values.get("token") or None


def _page(found: ReviewedLine, form: ProductReviewForm) -> str:
    details = {"order": found.order, "line": found.line, "review": found.review}
    return render_template("account/review.html", form=form, token=_token(), **details)
