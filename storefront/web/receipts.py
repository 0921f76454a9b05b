"""The receipt of an order: a page for printing, and a PDF."""

from flask import Blueprint, Response, render_template, request

from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.orders import receipts
from storefront.web.current_user import remember_order, shopper

bp = Blueprint("receipts", __name__, url_prefix="/account/orders/<number>")


@bp.get("/receipt")
def show(number: str) -> str:
    """Show the receipt to the order's owner, or for the order's token."""
    return render_template("account/receipt.html", receipt=_receipt(number))


@bp.get("/receipt.pdf")
@limited("read")
def pdf(number: str) -> Response:
    """Send the receipt as a PDF file."""
    # Importing fpdf2 takes a third of the start's time, and most processes render no receipt.
    from storefront.services.orders.receipt_pdf import draw

    receipt = _receipt(number)
    name = _("recibo-%(number)s.pdf", number=receipt.order.number)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(draw(receipt), mimetype="application/pdf", headers=headers)


def _receipt(number: str) -> receipts.Receipt:
    receipt = receipts.get(shopper(), number, token=request.args.get("token"))
    remember_order(receipt.order.public_id)
    return receipt
