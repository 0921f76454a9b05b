"""Labels and messages of the shop in the user's language."""

from storefront.i18n.babel import current_language, source_number, source_text, translate
from storefront.i18n.cart_messages import notice_label
from storefront.i18n.dates import date_label, date_range_label, time_label
from storefront.i18n.devices import device_label
from storefront.i18n.error_messages import explain
from storefront.i18n.field_messages import field_message
from storefront.i18n.files import access_label, format_label, size_label
from storefront.i18n.labels import carrier_label, dispute_label, kind_label, method_label, stock_label
from storefront.i18n.orders import (
    Standing,
    event_label,
    hold_label,
    order_status_label,
    shipment_label,
    standing_of,
)
from storefront.i18n.phones import phone_label
from storefront.i18n.receipts import not_an_invoice, payment_label, tax_label
from storefront.i18n.returns import exception_label, return_label, return_state_label
from storefront.i18n.staff import event_code_label, role_label, state_label, step_label
from storefront.i18n.subscriptions import (
    card_label,
    is_ended_by_charge,
    next_charge_label,
    paid_label,
    plan_status_label,
    plan_tone,
    price_label,
    trial_label,
)

__all__ = [
    "Standing",
    "access_label",
    "card_label",
    "carrier_label",
    "current_language",
    "date_label",
    "date_range_label",
    "device_label",
    "dispute_label",
    "event_code_label",
    "event_label",
    "exception_label",
    "explain",
    "field_message",
    "format_label",
    "hold_label",
    "is_ended_by_charge",
    "kind_label",
    "method_label",
    "next_charge_label",
    "not_an_invoice",
    "notice_label",
    "order_status_label",
    "paid_label",
    "payment_label",
    "phone_label",
    "plan_status_label",
    "plan_tone",
    "price_label",
    "return_label",
    "return_state_label",
    "role_label",
    "shipment_label",
    "size_label",
    "source_number",
    "source_text",
    "standing_of",
    "state_label",
    "step_label",
    "stock_label",
    "tax_label",
    "time_label",
    "translate",
    "trial_label",
]
