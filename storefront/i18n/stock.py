"""The ledger of stock in words."""

from flask_babel import lazy_gettext as _l

from storefront.enums import StockReason

_REASONS = {
    StockReason.HOLD: _l("Reservadas"),
    StockReason.SALE: _l("Vendidas"),
    StockReason.RELEASE: _l("Liberadas"),
    StockReason.RESTOCK: _l("Volvieron de un pedido"),
    StockReason.RECEIVED: _l("Recibidas"),
    StockReason.COUNTED: _l("Conteo"),
    StockReason.DAMAGED: _l("Dadas de baja"),
    StockReason.CORRECTED: _l("Corrección"),
}


def stock_reason_label(reason: StockReason) -> str:
    """Return why units moved."""
    return str(_REASONS[reason])
