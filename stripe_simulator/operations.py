"""The table of supported operations: method, path, rules, handler. Any other address gets Stripe's 404."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from . import (
    account_rules,
    checkout,
    coupons,
    customers,
    events,
    invoices,
    portal,
    portal_configurations,
    read_only,
    refunds,
    rules,
    session_rules,
    subscription_rules,
    subscriptions,
    webhook_endpoints,
)
from .errors import ApiError
from .records import Json
from .schema import Spec

Handler = Callable[..., Json]


@dataclass(frozen=True)
class Operation:
    """One operation; names in braces are handed to the handler."""

    method: str
    path: str
    rules: Spec
    handler: Handler


OPERATIONS = (
    Operation("POST", "/v1/checkout/sessions", session_rules.SESSION_CREATE, checkout.create),
    Operation("GET", "/v1/checkout/sessions", session_rules.SESSION_LIST, checkout.list_sessions),
    Operation("GET", "/v1/checkout/sessions/{session}", rules.READ, checkout.retrieve),
    Operation("POST", "/v1/checkout/sessions/{session}", session_rules.SESSION_UPDATE, checkout.update),
    Operation("POST", "/v1/checkout/sessions/{session}/expire", rules.READ, checkout.expire),
    Operation("GET", "/v1/checkout/sessions/{session}/line_items", rules.PAGE, checkout.line_items_list),
    Operation("POST", "/v1/coupons", rules.COUPON_CREATE, coupons.create),
    Operation("GET", "/v1/coupons", rules.COUPON_LIST, coupons.list_coupons),
    Operation("GET", "/v1/coupons/{coupon}", rules.READ, coupons.retrieve),
    Operation("POST", "/v1/coupons/{coupon}", rules.COUPON_UPDATE, coupons.update),
    Operation("DELETE", "/v1/coupons/{coupon}", rules.NOTHING, coupons.delete),
    Operation("POST", "/v1/customers", rules.CUSTOMER_CREATE, customers.create),
    Operation("GET", "/v1/customers", rules.CUSTOMER_LIST, customers.list_customers),
    Operation("GET", "/v1/customers/{customer}", rules.READ, customers.retrieve),
    Operation("POST", "/v1/customers/{customer}", rules.CUSTOMER_UPDATE, customers.update),
    Operation("DELETE", "/v1/customers/{customer}", rules.NOTHING, customers.delete),
    Operation("GET", "/v1/payment_intents/{intent}", rules.INTENT_READ, read_only.intent),
    Operation("GET", "/v1/charges/{charge}", rules.READ, read_only.charge),
    Operation("POST", "/v1/refunds", rules.REFUND_CREATE, refunds.create),
    Operation("GET", "/v1/refunds", rules.REFUND_LIST, refunds.list_refunds),
    Operation("GET", "/v1/refunds/{refund}", rules.READ, refunds.retrieve),
    Operation("POST", "/v1/refunds/{refund}", rules.REFUND_UPDATE, refunds.update),
    Operation("GET", "/v1/subscriptions", subscription_rules.SUBSCRIPTION_LIST, subscriptions.list_subscriptions),
    Operation("GET", "/v1/subscriptions/{subscription}", rules.READ, subscriptions.retrieve),
    Operation("POST", "/v1/subscriptions/{subscription}", subscription_rules.SUBSCRIPTION_UPDATE, subscriptions.update),
    Operation(
        "DELETE", "/v1/subscriptions/{subscription}", subscription_rules.SUBSCRIPTION_CANCEL, subscriptions.cancel
    ),
    Operation("GET", "/v1/invoices", subscription_rules.INVOICE_LIST, invoices.list_invoices),
    Operation("GET", "/v1/invoices/{invoice}", rules.READ, invoices.retrieve),
    Operation("POST", "/v1/invoices/{invoice}/void", rules.NOTHING, invoices.void),
    Operation("GET", "/v1/invoice_payments", subscription_rules.INVOICE_PAYMENT_LIST, invoices.list_payments),
    Operation("GET", "/v1/invoice_payments/{invoice_payment}", rules.READ, invoices.retrieve_payment),
    Operation("POST", "/v1/billing_portal/sessions", subscription_rules.PORTAL_CREATE, portal.create),
    Operation(
        "POST", "/v1/billing_portal/configurations", account_rules.CONFIGURATION_CREATE, portal_configurations.create
    ),
    Operation(
        "GET",
        "/v1/billing_portal/configurations",
        account_rules.CONFIGURATION_LIST,
        portal_configurations.list_configurations,
    ),
    Operation("GET", "/v1/billing_portal/configurations/{configuration}", rules.READ, portal_configurations.retrieve),
    Operation(
        "POST",
        "/v1/billing_portal/configurations/{configuration}",
        account_rules.CONFIGURATION_UPDATE,
        portal_configurations.update,
    ),
    Operation("POST", "/v1/webhook_endpoints", account_rules.ENDPOINT_CREATE, webhook_endpoints.create),
    Operation("GET", "/v1/webhook_endpoints", account_rules.ENDPOINT_LIST, webhook_endpoints.list_endpoints),
    Operation("GET", "/v1/webhook_endpoints/{endpoint}", rules.READ, webhook_endpoints.retrieve),
    Operation("POST", "/v1/webhook_endpoints/{endpoint}", account_rules.ENDPOINT_UPDATE, webhook_endpoints.update),
    Operation("DELETE", "/v1/webhook_endpoints/{endpoint}", rules.NOTHING, webhook_endpoints.delete),
    Operation("GET", "/v1/events", rules.EVENT_LIST, events.list_events),
    Operation("GET", "/v1/events/{identifier}", rules.READ, events.retrieve),
)
PATTERNS = [(re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", op.path)), op) for op in OPERATIONS]


def find_operation(method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """Return the operation at an address and the identifiers in it, or raise Stripe's 404."""
    for pattern, operation in PATTERNS:
        match = pattern.fullmatch(path)
        if match and operation.method == method:
            return operation, match.groupdict()
    raise ApiError(f"Unrecognized request URL ({method}: {path}).", status=404)
