"""The receipt of a paid order, as data and as a PDF."""

from typing import Any

from flask import Response

from storefront.api.blueprint import ApiBlueprint
from storefront.api.deserializers import shopper
from storefront.api.schemas.receipts import ReceiptSchema
from storefront.i18n import not_an_invoice, payment_label, tax_label
from storefront.i18n import translate as _
from storefront.services.orders import receipts

bp = ApiBlueprint(
    "receipts-api", __name__, url_prefix="/api/orders/<order_id>", description="The receipts of paid orders."
)


@bp.operation("GET", "/receipt", limit="read", response=ReceiptSchema, refuses=(404,))
def get_receipt(order_id: str) -> dict[str, Any]:
    """Show the receipt of a paid order; there is none before it is paid."""
    receipt = receipts.get(shopper(), order_id)
    order = receipt.order
    return {
        "order": order,
        "paid_at": receipt.paid_at,
        "notice": not_an_invoice(),
        "seller": receipt.seller,
        "payment": {
            "reference": order.payment_reference,
            "label": payment_label(order),
            "card": order.card,
        },
        "taxes": _taxes(receipt.taxes),
        "refunds": [_refund(refund) for refund in receipt.refunds],
        "rest_minor": receipt.rest_minor,
    }


@bp.operation("GET", "/receipt.pdf", limit="read", media_type="application/pdf", refuses=(404,))
def get_receipt_pdf(order_id: str) -> Response:
    """Send the receipt of a paid order as a PDF file."""
    # Importing fpdf2 takes a third of the start's time, and most processes render no receipt.
    from storefront.services.orders.receipt_pdf import draw

    receipt = receipts.get(shopper(), order_id)
    name = _("recibo-%(number)s.pdf", number=receipt.order.number)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(draw(receipt), mimetype="application/pdf", headers=headers)


def _taxes(taxes: tuple[receipts.Tax, ...]) -> list[dict[str, Any]]:
    return [
        {
            "rate": tax.rate,
            "percent": tax.basis_points / 100,
            "label": tax_label(tax.basis_points, tax.rate),
            "gross_minor": tax.net_minor,
            "tax_minor": tax.tax_minor,
        }
        for tax in taxes
    ]


def _refund(refund: receipts.GivenBack) -> dict[str, Any]:
    return {
        "refunded_at": refund.at,
        "amount_minor": refund.amount_minor,
        "items": [{"name": name, "quantity": quantity} for name, quantity in refund.goods],
        "taxes": _taxes(refund.taxes),
        "freight_minor": refund.freight_minor,
    }
