"""The shop's sentences: what a machine word means to a person, in the reader's language."""

from storefront.i18n.babel import current_language, source_number, source_text, translate
from storefront.i18n.cart_messages import notice_words
from storefront.i18n.dates import date_range_words, date_words, time_words
from storefront.i18n.devices import device_words
from storefront.i18n.error_messages import explain
from storefront.i18n.field_messages import field_message
from storefront.i18n.files import access_words, format_words, size_words
from storefront.i18n.labels import carrier_words, dispute_words, kind_words, method_words, stock_words
from storefront.i18n.orders import (
    Standing,
    event_words,
    hold_words,
    order_status_words,
    shipment_words,
    standing_of,
    status_words,
)
from storefront.i18n.phones import phone_words
from storefront.i18n.plans import (  # fmt: skip
    card_words,
    every_words,
    is_ended_by_charge,
    next_words,
    paid_words,
    plan_status_words,
    plan_tone,
    trial_words,
)
from storefront.i18n.receipts import not_an_invoice, payment_words, tax_words
from storefront.i18n.returns import exception_words, withdrawal_state_words, withdrawal_words
from storefront.i18n.staff import event_code_words, role_words, state_words, step_words

__all__ = [
    "Standing",
    "access_words",
    "card_words",
    "carrier_words",
    "current_language",
    "date_range_words",
    "date_words",
    "device_words",
    "dispute_words",
    "event_code_words",
    "event_words",
    "every_words",
    "exception_words",
    "explain",
    "field_message",
    "format_words",
    "hold_words",
    "is_ended_by_charge",
    "kind_words",
    "method_words",
    "next_words",
    "not_an_invoice",
    "notice_words",
    "order_status_words",
    "paid_words",
    "payment_words",
    "phone_words",
    "plan_status_words",
    "plan_tone",
    "role_words",
    "shipment_words",
    "size_words",
    "source_number",
    "source_text",
    "standing_of",
    "state_words",
    "status_words",
    "step_words",
    "stock_words",
    "tax_words",
    "time_words",
    "translate",
    "trial_words",
    "withdrawal_state_words",
    "withdrawal_words",
]
