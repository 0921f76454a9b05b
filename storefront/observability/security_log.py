"""The security log, `storefront.security`: a line for each sign-in, change of an account, act of staff, and refusal.

It is written after each request, so that pages, API and webhook are covered alike, and what a new route of an account
does is noted without asking for it. Lines name account, address and network by pseudonyms, and nobody's data.
"""

import logging
from typing import Any

from flask import Flask, Response, g, request

from storefront.client_addresses import client_address, client_network
from storefront.extensions import limiter
from storefront.observability.pseudonyms import pseudonym

logger = logging.getLogger("storefront.security")

_ACTIONS = {
    "account.sign_in_with_password": "sign_in",
    "account.sign_in_with_code": "sign_in_code",
    "auth-api.login": "sign_in",
    "account.create_account": "register",
    "account.create_account_of_guest": "register",
    "auth-api.register": "register",
    "account.logout": "sign_out",
    "auth-api.logout": "sign_out",
    "auth-api.refresh": "refresh",
    "recovery.send_link": "ask_reset",
    "auth-api.forgot_password": "ask_reset",
    "recovery.save": "reset_password",
    "auth-api.reset_password": "reset_password",
    "recovery.confirm": "confirm_address",
    "auth-api.verify_email": "confirm_address",
    "profile.change_password": "change_password",
    "account-api.change_password": "change_password",
    "privacy.export": "copy_data",
    "account-api.my_data": "copy_data",
    "privacy.erase": "close_account",
    "account-api.close_account": "close_account",
}
"""By endpoint: what the log calls it. Other changes to an account are called by their blueprint and view."""

_ACCOUNT = ("account", "recovery", "profile", "privacy", "devices", "auth-api", "account-api", "devices-api")
_QUIET = ("account.buy_again", "account-api.change_me", "profile.save")
_READING = ("GET", "HEAD", "OPTIONS")


def register(app: Flask) -> None:
    """Log what a response means for an account's security."""
    app.after_request(_note_answer)


def note(action: str, outcome: str, **facts: str) -> None:
    """Write a line; facts that are empty are left out. What was refused is a warning."""
    level = logging.INFO if outcome == "done" else logging.WARNING
    details = {name: text for name, text in facts.items() if text}
    logger.log(level, "%s %s", action, outcome, extra={"action": action, "outcome": outcome, **details})


def _note_answer(response: Response) -> Response:
    for action, outcome, reason in _noteworthy(response):
        where = {"address": pseudonym("address", client_address()), "network": pseudonym("network", client_network())}
        route = request.url_rule.rule if request.url_rule else "none"
        role = str(getattr(_person(), "staff_role", "") or "") if action.startswith("staff") else ""
        note(action, outcome, reason=reason, account=_account(), role=role, route=route, **where)
    return response


def _noteworthy(response: Response) -> list[tuple[str, str, str]]:
    """Return (action, outcome, reason) of a response, if it belongs into the log."""
    status, endpoint = response.status_code, request.endpoint or ""
    if status >= 500:
        return []  # a fault of ours or an outage refuses nobody, and has log lines of its own
    outcome = "done" if status < 400 else "refused"
    reason = _reason(status)
    if status == 429 or _is_limit_reached():
        return [("limit", "refused", reason)]
    if action := _action(endpoint):
        is_reused = action == "refresh" and bool(getattr(g.get("refusal"), "data", {}).get("is_copy"))
        return [("refresh_reused", "refused", reason) if is_reused else (action, outcome, reason)]
    if endpoint == "webhooks.stripe" and status == 400:
        return [("stripe_event", "refused", reason)]
    if (status in (401, 403) or reason == "not_permitted") and reason != "token_expired":
        return [("access", "refused", reason)]
    return []


def _action(endpoint: str) -> str:
    blueprint, _, view = endpoint.rpartition(".")
    is_change = request.method not in _READING
    if endpoint in _ACTIONS:
        return _ACTIONS[endpoint]
    if blueprint == "staff":
        return f"staff_{view}" if is_change else ""
    is_noted = is_change and blueprint in _ACCOUNT and endpoint not in _QUIET
    return f"{blueprint.removesuffix('-api')}_{view}" if is_noted else ""


def _reason(status: int) -> str:
    """Return the error code of a refusal, or the limit that was reached, or the bare status."""
    if _is_limit_reached():
        return str(getattr(limiter.current_limit, "limit", ""))
    code = getattr(g.get("refusal"), "code", "")
    return str(code) or (str(status) if status >= 400 else "")


def _is_limit_reached() -> bool:
    return limiter.current_limit is not None and limiter.current_limit.breached


def _account() -> str:
    """Return whose account it was about: the e-mail that was typed, else that of whoever is signed in."""
    # Only what was read already: a body may be too large to be read, or not be a form.
    body: Any = g.get("json_body") or vars(request).get("form")
    typed = body.get("email") if hasattr(body, "get") else None
    email = typed if isinstance(typed, str) and typed else getattr(_person(), "email", "")
    email = email or getattr(g.get("half"), "email", "")
    return pseudonym("account", email.strip().lower())


def _person() -> object:
    """Return who is signed in, as far as this request has found out."""
    return g.get("customer") or g.get("_login_user")
