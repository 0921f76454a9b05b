"""What the requests about webhook endpoints and portal configurations may contain."""

from __future__ import annotations

from .event_types import ALL, EVENT_TYPES
from .request_rules import listing, request
from .schema import Spec, array, boolean, choice, integer, metadata, record, text, unsupported

ENDPOINT_FIELDS = {
    "description": text(5000, clearable=True),
    "metadata": metadata(clearable=True),
}
TYPES = choice(ALL, *EVENT_TYPES)
ENDPOINT_CREATE = request(
    ENDPOINT_FIELDS
    | {
        "api_version": text(form="api_version"),
        "connect": unsupported(),
        "enabled_events": array(TYPES, 400, required=True),
        "url": text(5000, form="url", required=True),
    }
)
ENDPOINT_UPDATE = request(
    ENDPOINT_FIELDS | {"disabled": boolean(), "enabled_events": array(TYPES, 400), "url": text(5000, form="url")}
)
ENDPOINT_LIST = listing()

PAUSE_OPTION = record(
    {"interval": choice("day", "month", "week", "year", required=True), "interval_count": integer(1, 36)}
)
PRORATION = choice("always_invoice", "create_prorations", "none")


def features(is_new: bool) -> Spec:
    """Return the rule for the features; a new configuration needs more of their members than a changed one."""
    reasons = choice(
        "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex",
        "too_expensive", "unused",
    )  # fmt: skip
    cancel = {
        "cancellation_reason": record(
            {
                "enabled": boolean(required=True),
                "feedback_options": unsupported(),
                "options": array(reasons, required=is_new, clearable=True),
            }
        ),
        "enabled": boolean(required=is_new),
        "mode": choice("at_period_end", "immediately"),
        "proration_behavior": PRORATION,
    }
    pause = {
        "duration": record(
            {
                "interval_options": array(PAUSE_OPTION, clearable=True),
                "type": choice("indefinite", "interval_options", required=True),
            }
        ),
        "enabled": boolean(),
    }
    change = {
        "billing_cycle_anchor": choice("now", "unchanged"),
        "default_allowed_updates": array(choice("price", "promotion_code", "quantity"), clearable=True),
        "enabled": boolean(required=is_new),
        "products": unsupported(),
        "proration_behavior": PRORATION,
        "schedule_at_period_end": record(
            {
                "conditions": array(
                    record({"type": choice("decreasing_item_amount", "shortening_interval", required=True)})
                )
            }
        ),
        "trial_update_behavior": choice("continue_trial", "end_trial"),
    }
    customer = choice("address", "email", "name", "phone", "shipping", "tax_id")
    return record(
        {
            "customer_update": record(
                {"allowed_updates": array(customer, clearable=True), "enabled": boolean(required=is_new)}
            ),
            "invoice_history": record({"enabled": boolean(required=True)}),
            "payment_method_update": record(
                {"enabled": boolean(required=True), "payment_method_configuration": unsupported()}
            ),
            "subscription_cancel": record(cancel),
            "subscription_pause": record(pause),
            "subscription_update": record(change),
        },
        required=is_new,
    )


def configuration(is_new: bool) -> dict[str, Spec]:
    """Return the members of a request that writes a configuration."""
    page = text(5000, form="url", clearable=not is_new)
    return {
        "business_profile": record(
            {
                "headline": text(60, clearable=True),
                "privacy_policy_url": page,
                "terms_of_service_url": page,
            }
        ),
        "default_return_url": text(5000, form="return_url", clearable=True),
        "features": features(is_new),
        "login_page": record({"enabled": boolean(required=True)}),
        "metadata": metadata(clearable=not is_new),
        "name": text(clearable=True),
    }


CONFIGURATION_CREATE = request(configuration(is_new=True))
CONFIGURATION_UPDATE = request(configuration(is_new=False) | {"active": boolean()})
CONFIGURATION_LIST = listing(active=boolean(), is_default=boolean())
