"""Configurations of the billing portal: what customers may do there."""

from __future__ import annotations

import copy
from typing import Any

from . import account_objects
from .errors import invalid, no_such
from .events import emit
from .ids import new_id
from .listing import equal, page
from .records import Json, Record, UnitOfWork, merge_metadata

KIND = "billing_portal.configuration"
DEFAULT = "bpc_1SimulatorPortalDefault"
# What the portal of an account offers after its owner saved the settings as the dashboard proposes them.
PROPOSED = ("invoice_history", "payment_method_update", "subscription_cancel")
NO_CONFIGURATION = (
    "No configuration provided and your test mode default configuration has not been created. Provide a configuration "
    "or create your default by saving your customer portal settings in test mode at "
    "https://dashboard.stripe.com/test/settings/billing/portal."
)


def create(work: UnitOfWork, params: Json) -> Json:
    """Create a configuration; one that is created through the API is never the default."""
    record = Record(account_objects.portal_configuration(new_id("bpc_1"), work.now))
    _apply(record.body, params)
    work.add(record)
    emit(work, f"{KIND}.created", record.body)
    return record.body


def retrieve(work: UnitOfWork, params: Json, configuration: str) -> Json:
    """Return one configuration."""
    return _get(work, configuration).body


def list_configurations(work: UnitOfWork, params: Json) -> Json:
    """Return a page of configurations."""
    where, values = equal(params, active="active", is_default="is_default")
    return page(work, KIND, "/v1/billing_portal/configurations", params, where, values)


def update(work: UnitOfWork, params: Json, configuration: str) -> Json:
    """Change a configuration: of its features, the members that are given."""
    record = _get(work, configuration)
    if record.body["is_default"] and params.get("active") is False:
        raise invalid("You cannot deactivate the default configuration.", "active")
    before = copy.deepcopy(record.body)
    _apply(record.body, params)
    record.body["updated"] = work.now
    work.save(record)
    changed = {name: value for name, value in before.items() if value != record.body[name]}
    emit(work, f"{KIND}.updated", record.body, changed)
    return record.body


def usable(work: UnitOfWork, identifier: str | None) -> str:
    """Return the configuration for a new session: the one that is named, or the account's default."""
    if identifier is None:
        if work.find(DEFAULT) is None:
            raise invalid(NO_CONFIGURATION)
        return DEFAULT
    if not _get(work, identifier).body["active"]:
        raise invalid(f"The configuration '{identifier}' is not active.", "configuration")
    return identifier


def features(work: UnitOfWork, session: Json) -> Json:
    """Return the features of a portal session that are switched on."""
    record = work.find(session["configuration"])
    offered: Json = record.body["features"] if record else {}
    return {name: feature for name, feature in offered.items() if feature["enabled"]}


def apply_default(work: UnitOfWork) -> None:
    """Create or remove the default configuration, which an owner creates by saving the settings of the portal."""
    record = work.find(DEFAULT)
    if record and not work.settings.default_portal:
        work.delete(record)
    if record is None and work.settings.default_portal:
        body = account_objects.portal_configuration(DEFAULT, work.now, is_default=True)
        for name in PROPOSED:
            body["features"][name]["enabled"] = True
        work.add(Record(body))


def _apply(body: Json, params: Json) -> None:
    for name in ("default_return_url", "name"):
        if name in params:
            body[name] = params[name] or None
    if "active" in params:
        body["active"] = params["active"]
    for name, value in params.get("business_profile", {}).items():
        body["business_profile"][name] = value or None
    if "login_page" in params:
        is_enabled = params["login_page"]["enabled"]
        body["login_page"] = {"enabled": is_enabled, "url": _login_url(body) if is_enabled else None}
    for name, members in params.get("features", {}).items():
        _merge(body["features"][name], members)
    merge_metadata(body, params)


def _merge(feature: Json, members: Json) -> None:
    for name, value in members.items():
        if isinstance(value, dict):
            _merge(feature.setdefault(name, {}), value)
        else:
            feature[name] = _cleared(value)


def _cleared(value: Any) -> Any:
    """Return the empty list for the empty text, by which Stripe's forms say it."""
    return [] if value == "" else value


def _login_url(body: Json) -> str:
    return f"https://billing.stripe.com/p/login/test_{body['id'][-14:]}"


def _get(work: UnitOfWork, identifier: str) -> Record:
    record = work.find(identifier)
    if record is None or record.kind != KIND:
        raise no_such("configuration", identifier, "configuration")
    return record
