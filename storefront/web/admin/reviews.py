"""Buyers' reviews in the back office: what waits to be read, approved, refused with a reason, or answered."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import HiddenField, TextAreaField

from storefront.enums import ProductReviewStatus
from storefront.errors import EditConflict, InvalidInput
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.admin.permissions import Permission
from storefront.services.catalogue import review_moderation
from storefront.web.admin import bp
from storefront.web.admin.access import actor, requires
from storefront.web.forms import Form, clean_lines
from storefront.web.number_fields import SeenNumberField
from storefront.web.pages import around, requested_page

_PENDING = ProductReviewStatus.PENDING


class ModerationForm(Form):
    """What is decided about one review; `version` is the one that was read. A page has one form for each."""

    step = HiddenField()
    version = SeenNumberField()
    review_reason = TextAreaField(_l("Por qué no se publica"), filters=[clean_lines])
    answer = TextAreaField(_l("Respuesta de la tienda"), filters=[clean_lines])

    def __init__(self, review_id: str, **values: Any) -> None:
        super().__init__(**values)
        self.review_reason.id, self.answer.id = f"review_reason-{review_id}", f"answer-{review_id}"


@bp.get("/reviews")
@requires(Permission.CUSTOMERS)
def reviews_list() -> str:
    """List the reviews that wait, or those that were approved or refused."""
    status = request.args.get("status", "")
    return _page(ProductReviewStatus(status) if status in tuple(ProductReviewStatus) else _PENDING)


@bp.post("/reviews/<review_id>")
@limited("change")
@requires(Permission.CUSTOMERS)
def moderate_review(review_id: str) -> Response | tuple[str, int]:
    """Approve, refuse or answer one review."""
    status, form = review_moderation.status_of(review_id), ModerationForm(review_id)
    version, staff = form.version.data or 0, actor()
    try:
        if not form.validate():
            raise InvalidInput({})
        if form.step.data == "approve":
            review_moderation.approve(review_id, version=version, staff=staff)
            flash(_("La reseña está publicada."), "good")
        elif form.step.data == "refuse":
            review_moderation.refuse(review_id, form.review_reason.data, version=version, staff=staff)
            flash(_("La reseña no se publica; su autor ve el motivo."), "good")
        else:
            review_moderation.answer(review_id, form.answer.data, version=version, staff=staff)
            flash(_("La respuesta está guardada."), "good")
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
    except EditConflict:
        form.say("review_reason", _("Su autor la cambió mientras la leías: léela otra vez."))
    else:
        return redirect(url_for(".reviews_list", status=status), 303)
    return _page(status, review_id, form), 422


def _page(status: ProductReviewStatus, review_id: str = "", form: ModerationForm | None = None) -> str:
    """Return the list; `form` is the one of `review_id`, which could not be done."""
    page = review_moderation.find(status, requested_page())
    return render_template(
        "staff/reviews.html",
        page=page,
        status=status,
        statuses=tuple(ProductReviewStatus),
        forms={
            row.review.id: form
            if form is not None and row.review.id == review_id
            else ModerationForm(row.review.id, formdata=None, data={"answer": row.review.answer})
            for row in page.items
        },
        problems=form.problems if form else [],
        pages=around(page.page, page.pages),
        link=lambda page: url_for(".reviews_list", status=status, page=page),
    )
