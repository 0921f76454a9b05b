"""What the requests about Checkout Sessions may contain."""

from __future__ import annotations

from .conditions import (
    at_most_20_one_time_prices,
    exclusive,
    needs,
    one_of,
    one_time_in_payment_mode,
    only_in,
    recurring_in_subscription_mode,
    shipping_in_payment_mode,
    supported,
)
from .request_rules import ADDRESS, listing, request, split_names, unsupported_parameters
from .schema import array, boolean, choice, integer, metadata, period, record, text, unsupported

URL = text(5000, form="url")
RETURN_URL = text(5000, form="return_url")
CURRENCY = text(5000, form="currency", required=True)
LOCALES = split_names(
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt "
    "pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)
DELIVERY_BOUND = record(
    {"unit": choice("business_day", "day", "hour", "month", "week", required=True), "value": integer(1, required=True)}
)

PRODUCT_DATA = record(
    {
        "name": text(5000, required=True),
        "description": text(40000),
        "images": array(URL, 8),
        "metadata": metadata(),
        "tax_code": text(),
        "unit_label": text(12),
        "tax_details": unsupported(),
    }
)
PRICE_DATA = record(
    {
        "currency": CURRENCY,
        "unit_amount": integer(0, 999_999_999_999),
        "unit_amount_decimal": unsupported(),
        "product": text(),
        "product_data": PRODUCT_DATA,
        "recurring": record(
            {
                "interval": choice("day", "month", "week", "year", required=True),
                "interval_count": integer(1, 36),
            }
        ),
        "tax_behavior": choice("exclusive", "inclusive", "unspecified"),
    },
    exclusive("product", "product_data"),
    one_of("product", "product_data"),
    one_of("unit_amount", "unit_amount_decimal"),
)
LINE_ITEM = record(
    {
        "price": text(),
        "price_data": PRICE_DATA,
        "quantity": integer(1, 999_999, required=True),
        "metadata": metadata(),
        "adjustable_quantity": unsupported(),
        "tax_rates": unsupported(),
    },
    exclusive("price", "price_data"),
    one_of("price", "price_data"),
)
SHIPPING_OPTION = record(
    {
        "shipping_rate": unsupported(),
        "shipping_rate_data": record(
            {
                "display_name": text(100, required=True),
                "type": choice("fixed_amount"),
                "fixed_amount": record(
                    {
                        "amount": integer(0, 999_999_999_999, required=True),
                        "currency": CURRENCY,
                        "currency_options": unsupported(),
                    },
                    required=True,
                ),
                "delivery_estimate": record({"minimum": DELIVERY_BOUND, "maximum": DELIVERY_BOUND}),
                "metadata": metadata(),
                "tax_behavior": choice("exclusive", "inclusive", "unspecified"),
                "tax_code": text(),
            }
        ),
    },
    one_of("shipping_rate_data", "shipping_rate"),
)
PAYMENT_INTENT_DATA = record(
    {
        "description": text(1000),
        "metadata": metadata(),
        "receipt_email": text(form="email"),
        "capture_method": choice("automatic", "automatic_async"),
        "setup_future_usage": choice("off_session", "on_session"),
        "shipping": record(
            {
                "address": record(ADDRESS, required=True),
                "name": text(required=True),
                "phone": text(),
                "carrier": text(),
                "tracking_number": text(),
            }
        ),
        "statement_descriptor": text(22),
        "statement_descriptor_suffix": text(22),
        "transfer_group": text(),
        "application_fee_amount": unsupported(),
        "on_behalf_of": unsupported(),
        "transfer_data": unsupported(),
    }
)
SUBSCRIPTION_DATA = record(
    {
        "description": text(500),
        "metadata": metadata(),
        "trial_period_days": integer(1, 730),
    }
    | unsupported_parameters(
        "application_fee_percent billing_cycle_anchor billing_cycle_anchor_config billing_mode default_tax_rates "
        "invoice_settings on_behalf_of pending_invoice_item_interval proration_behavior transfer_data trial_end "
        "trial_settings"
    )
)
SWITCH = record({"enabled": boolean(required=True)})
UNSUPPORTED_IN_SESSIONS = unsupported_parameters(
    "after_expiration branding_settings consent_collection custom_fields customer_account customer_update "
    "excluded_payment_method_types managed_payments name_collection optional_items origin_context "
    "payment_method_configuration payment_method_data payment_method_options permissions redirect_on_completion "
    "return_url saved_payment_method_options setup_intent_data tax_id_collection wallet_options integration_identifier"
)

SESSION_CREATE = request(
    UNSUPPORTED_IN_SESSIONS
    | {
        "mode": choice("payment", "setup", "subscription", required=True),
        "ui_mode": choice("elements", "embedded_page", "form", "hosted_page"),
        "line_items": array(LINE_ITEM, 100),
        "success_url": RETURN_URL,
        "cancel_url": RETURN_URL,
        "client_reference_id": text(200),
        "customer": text(),
        "customer_email": text(512, form="email"),
        "customer_creation": choice("always", "if_required"),
        "metadata": metadata(),
        "payment_intent_data": PAYMENT_INTENT_DATA,
        "subscription_data": SUBSCRIPTION_DATA,
        "payment_method_collection": choice("always", "if_required"),
        "discounts": array(
            record({"coupon": text(), "promotion_code": unsupported()}, exclusive("coupon", "promotion_code")), 1
        ),
        "allow_promotion_codes": boolean(),
        "shipping_options": array(SHIPPING_OPTION, 5),
        "shipping_address_collection": record({"allowed_countries": array(text(form="country"), 250, required=True)}),
        "phone_number_collection": SWITCH,
        "billing_address_collection": choice("auto", "required"),
        "expires_at": integer(0),
        "locale": choice(*LOCALES),
        "allowed_payment_method_types": array(choice("card", "link")),
        "submit_type": choice("auto", "book", "donate", "pay", "subscribe"),
        "adaptive_pricing": record({"enabled": boolean()}),
        "automatic_tax": record({"enabled": boolean(required=True), "liability": unsupported()}),
        "invoice_creation": record({"enabled": boolean(required=True), "invoice_data": unsupported()}),
        "custom_text": record(
            {
                name: record({"message": text(1000, required=True)}, clearable=True)
                for name in ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
            }
        ),
        "currency": text(form="currency"),
    },
    exclusive("allow_promotion_codes", "discounts"),
    exclusive("customer", "customer_email"),
    exclusive("customer", "customer_creation"),
    only_in("payment", "payment_intent_data", "invoice_creation", "customer_creation", "submit_type"),
    only_in("subscription", "subscription_data", "payment_method_collection"),
    shipping_in_payment_mode,
    one_time_in_payment_mode,
    needs("line_items", "mode", "payment", "subscription"),
    needs("success_url", "ui_mode", "hosted_page", default="hosted_page"),
    recurring_in_subscription_mode,
    at_most_20_one_time_prices,
    supported("mode", "payment", "subscription"),
    supported("ui_mode", "hosted_page"),
)
SESSION_UPDATE = request(
    unsupported_parameters("collected_information line_items payment_intent_data shipping_options")
    | {"metadata": metadata(clearable=True)}
)
SESSION_LIST = listing(
    created=period(),
    customer=text(),
    customer_account=unsupported(),
    customer_details=record({"email": text(required=True)}),
    payment_intent=text(),
    payment_link=unsupported(),
    status=choice("complete", "expired", "open"),
    subscription=text(),
)
