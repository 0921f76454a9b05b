"""Petitions, complaints, claims and suggestions (PQR): the form for anybody, and its filing number."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField, TextAreaField

from storefront.enums import RequestKind
from storefront.errors import InvalidInput
from storefront.i18n import current_language, request_kind_label
from storefront.limits import limited
from storefront.services.customer_requests import filing
from storefront.web.forms import Form, clean_line, clean_lines

bp = Blueprint("requests", __name__, url_prefix="/pqr")
_NAMES = {"kind": "filing_kind", "name": "full_name", "text": "request_text"}
"""Fields that have messages of their own."""


class RequestForm(Form):
    """What somebody files; people leave `left_empty` empty, which programs that fill in everything do not."""

    filing_kind = RadioField(_l("¿Qué quieres presentar?"), validate_choice=False)
    full_name = StringField(_l("Nombre y apellido"), filters=[clean_line])
    email = StringField(_l("Correo electrónico"), filters=[clean_line])
    phone = StringField(_l("Celular"), filters=[clean_line])
    order_number = StringField(_l("Número del pedido"), filters=[clean_line])
    request_text = TextAreaField(_l("Cuéntanos"), filters=[clean_lines])
    left_empty = StringField(_l("Deja este campo vacío"))

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.filing_kind.choices = [(kind, request_kind_label(kind)) for kind in RequestKind]

    def read(self) -> filing.Filing:
        """Return what is typed."""
        kind = self.filing_kind.data or ""
        return filing.Filing(
            kind=RequestKind(kind) if kind in tuple(RequestKind) else None,
            name=self.full_name.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            order_number=(self.order_number.data or "").lstrip("#").strip(),
            text=self.request_text.data or "",
            language=current_language(),
        )


@bp.get("")
def show() -> str:
    """Show the form, with name and address of who is signed in."""
    return _page(RequestForm(formdata=None, data=_known()))


@bp.post("")
@limited("request")
def send() -> Response | tuple[str, int]:
    """File a request and show its number."""
    form = RequestForm()
    if form.left_empty.data:
        form.refuse({"left_empty": "invalid"})
        return _page(form), 422
    try:
        session["request_number"] = filing.file(form.read())
    except InvalidInput as refusal:
        form.refuse({_NAMES.get(field, field): code for field, code in refusal.problems.items()})
        return _page(form), 422
    return redirect(url_for(".received"), 303)


@bp.get("/received")
def received() -> str | Response:
    """Show the number of the request that this browser filed last."""
    number = session.get("request_number")
    if not number:
        return redirect(url_for(".show"), 303)
    return render_template("help/request_received.html", number=number)


def _known() -> dict[str, str]:
    if not current_user.is_authenticated:
        return {}
    return {"email": current_user.email}


def _page(form: RequestForm) -> str:
    return render_template("help/request.html", form=form)
