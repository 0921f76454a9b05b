"""What the other requests may contain."""

from __future__ import annotations

from .conditions import exclusive, needs, one_of, together
from .request_rules import ADDRESS, listing, request, unsupported_parameters
from .schema import array, boolean, choice, integer, metadata, number, period, record, text, unsupported

COUPON_CREATE = request(
    {
        "id": text(500),
        "name": text(40),
        "amount_off": integer(1, 999_999_999_999),
        "percent_off": number(0.01, 100),
        "currency": text(form="currency"),
        "duration": choice("forever", "once", "repeating"),
        "duration_in_months": integer(1, 36),
        "max_redemptions": integer(1),
        "redeem_by": integer(0),
        "metadata": metadata(clearable=True),
        "applies_to": unsupported(),
        "currency_options": unsupported(),
    },
    exclusive("amount_off", "percent_off"),
    one_of("percent_off", "amount_off"),
    together("amount_off", "currency"),
    needs("duration_in_months", "duration", "repeating"),
)
COUPON_UPDATE = request({"name": text(40), "metadata": metadata(clearable=True), "currency_options": unsupported()})
REFUND_CREATE = request(
    {
        "payment_intent": text(),
        "charge": text(),
        "amount": integer(1, 999_999_999_999),
        "reason": choice("duplicate", "fraudulent", "requested_by_customer"),
        "metadata": metadata(clearable=True),
    }
    | unsupported_parameters("currency customer instructions_email origin refund_application_fee reverse_transfer"),
    exclusive("charge", "payment_intent"),
    one_of("payment_intent", "charge"),
)
CUSTOMER_FIELDS = {
    "email": text(512, form="email", clearable=True),
    "name": text(256, clearable=True),
    "phone": text(20, clearable=True),
    "description": text(5000, clearable=True),
    "address": record(ADDRESS, clearable=True),
    "shipping": record(
        {"address": record(ADDRESS, required=True), "name": text(required=True), "phone": text()}, clearable=True
    ),
    "metadata": metadata(clearable=True),
    "preferred_locales": array(text()),
}
CUSTOMER_CREATE = request(
    unsupported_parameters(
        "balance business_name cash_balance individual_name invoice_prefix invoice_settings next_invoice_sequence "
        "payment_method source tax tax_exempt tax_id_data test_clock validate"
    )
    | CUSTOMER_FIELDS
)
CUSTOMER_UPDATE = request(
    unsupported_parameters(
        "balance business_name cash_balance default_source individual_name invoice_prefix invoice_settings "
        "next_invoice_sequence source tax tax_exempt validate"
    )
    | CUSTOMER_FIELDS
)
EVENT_LIST = listing(created=period(), type=text(), types=array(text(), 20), delivery_success=boolean())
REFUND_LIST = listing(created=period(), charge=text(), payment_intent=text())
REFUND_UPDATE = request({"metadata": metadata(clearable=True)})
CUSTOMER_LIST = listing(created=period(), email=text(512), test_clock=unsupported())
COUPON_LIST = listing(created=period())
PAGE = listing()
INTENT_READ = request({"client_secret": text()})
READ = request({})
NOTHING = record({})
