"""Labels and messages of the shop in the user's language."""

from storefront.i18n.audit import audit_action_label, audit_changes, audit_object_label
from storefront.i18n.babel import current_language, source_number, source_text, translate
from storefront.i18n.cart_messages import notice_label
from storefront.i18n.coupons import coupon_kind_label, coupon_status_label, coupon_status_tone, coupon_worth_label
from storefront.i18n.customers import block_kind_label, data_request_label
from storefront.i18n.dates import date_label, date_range_label, time_label
from storefront.i18n.devices import device_label
from storefront.i18n.documents import document_label, document_types
from storefront.i18n.error_messages import explain
from storefront.i18n.field_messages import field_message
from storefront.i18n.figures import figure_title, period_label, span_label
from storefront.i18n.files import access_label, format_label, size_label
from storefront.i18n.goods import opening_label, product_status_label, product_status_tone
from storefront.i18n.history import cause_label, mail_label, note_label
from storefront.i18n.labels import (
    carrier_label,
    choices_label,
    contact_hours,
    dispute_label,
    hours_label,
    kind_label,
    method_label,
    number_label,
    pickup_address,
    pickup_hours,
    stock_label,
    zone_label,
)
from storefront.i18n.orders import (
    Standing,
    event_label,
    hold_label,
    order_status_label,
    shipment_label,
    standing_of,
    wait_label,
)
from storefront.i18n.phones import phone_label
from storefront.i18n.product_csv import cell_message, count_label, job_label, place_label
from storefront.i18n.receipts import not_an_invoice, payment_label, tax_label
from storefront.i18n.requests import request_kind_label, request_status_label
from storefront.i18n.returns import exception_label, return_label, return_state_label
from storefront.i18n.reviews import average_label, review_status_label, review_status_tone, stars_text
from storefront.i18n.staff import (
    event_code_label,
    order_tab_label,
    role_label,
    shipping_problem_label,
    slip_size_label,
    state_label,
    step_label,
)
from storefront.i18n.stock import stock_reason_label
from storefront.i18n.subscriptions import (
    card_label,
    is_ended_by_charge,
    next_charge_label,
    paid_label,
    plan_outlook_label,
    plan_status_label,
    plan_tab_label,
    plan_tone,
    price_label,
    trial_label,
)
from storefront.i18n.texts import shop_part_label, text_page_description, text_page_label

__all__ = [
    "Standing",
    "access_label",
    "audit_action_label",
    "audit_changes",
    "audit_object_label",
    "average_label",
    "block_kind_label",
    "card_label",
    "carrier_label",
    "cause_label",
    "cell_message",
    "choices_label",
    "contact_hours",
    "count_label",
    "coupon_kind_label",
    "coupon_status_label",
    "coupon_status_tone",
    "coupon_worth_label",
    "current_language",
    "data_request_label",
    "date_label",
    "date_range_label",
    "device_label",
    "dispute_label",
    "document_label",
    "document_types",
    "event_code_label",
    "event_label",
    "exception_label",
    "explain",
    "field_message",
    "figure_title",
    "format_label",
    "hold_label",
    "hours_label",
    "is_ended_by_charge",
    "job_label",
    "kind_label",
    "mail_label",
    "method_label",
    "next_charge_label",
    "not_an_invoice",
    "note_label",
    "notice_label",
    "number_label",
    "opening_label",
    "order_status_label",
    "order_tab_label",
    "paid_label",
    "payment_label",
    "period_label",
    "phone_label",
    "pickup_address",
    "pickup_hours",
    "place_label",
    "plan_outlook_label",
    "plan_status_label",
    "plan_tab_label",
    "plan_tone",
    "price_label",
    "product_status_label",
    "product_status_tone",
    "request_kind_label",
    "request_status_label",
    "return_label",
    "return_state_label",
    "review_status_label",
    "review_status_tone",
    "role_label",
    "shipment_label",
    "shipping_problem_label",
    "shop_part_label",
    "size_label",
    "slip_size_label",
    "source_number",
    "source_text",
    "span_label",
    "standing_of",
    "stars_text",
    "state_label",
    "step_label",
    "stock_label",
    "stock_reason_label",
    "tax_label",
    "text_page_description",
    "text_page_label",
    "time_label",
    "translate",
    "trial_label",
    "wait_label",
    "zone_label",
]
