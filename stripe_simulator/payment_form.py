"""The payment page's form: its values, its errors, and the buyer that it describes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from .cards import is_plausible
from .records import Json
from .schema import EMAIL

ADDRESS_FIELDS = ("line1", "city", "state", "postal_code")
CARD_FIELDS = ("number", "expiry", "cvc", "name")
LONGEST = 200
Check = Callable[[str], str]


@dataclass
class PaymentForm:
    """Values by field name, and for invalid ones the key of the error text."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


def fields_of(session: Json) -> list[str]:
    """Return the names of the fields that this session's page shows."""
    names = ["email"]
    if session["phone_number_collection"]["enabled"]:
        names.append("phone")
    if wants_address(session):
        names += ADDRESS_FIELDS
    # A plan that costs nothing today wants a card for the day when it does.
    needs_card = session["amount_total"] or session["mode"] == "subscription"
    return [*names, *CARD_FIELDS] if needs_card else [*names, "name"]


def wants_address(session: Json) -> bool:
    """Say whether the page asks for an address."""
    return bool(session["shipping_address_collection"]) or session["billing_address_collection"] == "required"


def takes_delayed(session: Json) -> bool:
    """Say whether the page offers payment methods whose result comes later: not where only cards are allowed."""
    is_open_to_all = not session["allowed_payment_method_types"]
    return is_open_to_all and session["mode"] == "payment" and bool(session["amount_total"])


def empty_form(session: Json, known_email: str) -> PaymentForm:
    """Return the form of a first visit; the address that the shop knows is filled in."""
    return PaymentForm(dict.fromkeys(fields_of(session), "") | {"email": known_email})


def read_form(session: Json, posted: Mapping[str, str], now: int, known_email: str) -> PaymentForm:
    """Return what was typed, checked; an address that the shop gave is shown and cannot be changed."""
    given = {"email": known_email} if known_email else {}
    return read_fields(fields_of(session), {**posted, **given}, now)


def read_fields(names: Iterable[str], posted: Mapping[str, str], now: int) -> PaymentForm:
    """Return these fields as they were typed, checked."""
    form = PaymentForm({name: posted.get(name, "").strip()[:LONGEST] for name in names})
    for name, value in form.values.items():
        problem = CHECKS[name](value) if name in CHECKS else _check_expiry(value, now) if name == "expiry" else ""
        if problem:
            form.errors[name] = problem
    return form


def buyer(form: PaymentForm) -> Json:
    """Return who pays, and the card's date."""
    values = form.values
    described: Json = {name: values.get(name) or None for name in ("email", "name", "phone")}
    described["address"] = {name: values[name] or None for name in ADDRESS_FIELDS} if "line1" in values else None
    if described["address"]:
        described["address"]["country"] = "CO"
    month_year = parse_expiry(values.get("expiry", ""))
    if month_year:
        described |= {"exp_month": month_year[0], "exp_year": month_year[1]}
    return described


def parse_expiry(text: str) -> tuple[int, int] | None:
    """Return month and year of `12/34`, `12 / 2034` or `1234`."""
    match = re.fullmatch(r"(\d{1,2})\s*[/-]\s*(\d{2}|\d{4})|(\d{2})(\d{2})", text, re.ASCII)
    if not match:
        return None
    month, year = int(match[1] or match[3]), int(match[2] or match[4])
    return (month, year + 2000 if year < 100 else year) if 1 <= month <= 12 else None


def digits(number: str) -> str:
    """Return a card number without the spaces people type."""
    return re.sub(r"[\s-]", "", number)


def _check_expiry(value: str, now: int) -> str:
    month_year = parse_expiry(value)
    if not month_year:
        return "need_expiry"
    today = time.gmtime(now)
    month, year = month_year
    return "past_expiry" if (year, month) < (today.tm_year, today.tm_mon) else ""


def _filled(problem: str) -> Check:
    return lambda value: "" if value else problem


CHECKS: dict[str, Check] = {
    "email": lambda value: "" if EMAIL.match(value) else "need_email",
    "phone": lambda value: "" if len(re.sub(r"\D", "", value)) >= 7 else "need_phone",
    "number": lambda value: "" if is_plausible(digits(value)) else "need_number",
    "cvc": lambda value: "" if re.fullmatch(r"\d{3,4}", value, re.ASCII) else "need_cvc",
    "name": _filled("need_name"),
    "line1": _filled("need_line1"),
    "city": _filled("need_city"),
    "state": _filled("need_state"),
}
