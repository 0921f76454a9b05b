"""Builders of the objects of an account's settings: webhook endpoints and portal configurations."""

from __future__ import annotations

import copy

from .records import Json

PORTAL_FEATURES: Json = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {
        "duration": {"interval_options": [{"interval": "month", "interval_count": 1}], "type": "interval_options"},
        "enabled": False,
    },
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}


def webhook_endpoint(data: Json, identifier: str, now: int) -> Json:
    """An address that events are delivered to; its secret is not part of it."""
    return {
        "id": identifier,
        "object": "webhook_endpoint",
        "api_version": data.get("api_version"),
        "application": None,
        "created": now,
        "description": data.get("description") or None,
        "enabled_events": data["enabled_events"],
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "status": "enabled",
        "url": data["url"],
    }


def portal_configuration(identifier: str, now: int, is_default: bool = False) -> Json:
    """What the billing portal offers, with every feature switched off."""
    return {
        "id": identifier,
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": now,
        "default_return_url": None,
        "features": copy.deepcopy(PORTAL_FEATURES),
        "is_default": is_default,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": now,
    }
