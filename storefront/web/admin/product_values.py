"""A product's form as text: what a text means, and how a stored product is typed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from storefront.clock import BOGOTA
from storefront.enums import BillingInterval
from storefront.i18n import number_label
from storefront.money import pesos
from storefront.services.catalogue.drafts import ProductDraft, VariantDraft
from storefront.web.number_fields import whole_number

MOST_OPTIONS = 3
_THOUSANDS = re.compile(r"[0-9]{1,3}([.,' ][0-9]{3})+|[0-9]+")
_CENTAVOS = re.compile(r"(.*[0-9])[.,]([0-9]{1,2})")
Typed = Mapping[str, Any]


class Unreadable(Exception):
    """A text is no such value; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_pesos(text: str) -> int | None:
    """Return an amount as minor units, None for an empty text; centavos that are typed are not rounded away."""
    plain = text.replace("$", "").strip()
    if not plain:
        return None
    if _THOUSANDS.fullmatch(plain) and len(plain) <= 20:
        return pesos(int(re.sub("[^0-9]", "", plain)))
    cut = _CENTAVOS.fullmatch(plain)
    if cut is None or not _THOUSANDS.fullmatch(cut[1].strip()):
        raise Unreadable("invalid")
    if cut[2].strip("0"):
        raise Unreadable("centavos")
    return read_pesos(cut[1])


def read_number(text: str, otherwise: int | None) -> int | None:
    """Return a whole number, or another one for an empty text."""
    if not text:
        return otherwise
    if (number := whole_number(text)) is None:
        raise Unreadable("out_of_range")
    return number


def read_values(listed: str | None) -> tuple[str, ...]:
    """Return the values that a row is for, as its hidden field lists them."""
    try:
        values = json.loads(listed or "[]")
    except ValueError:
        return ()
    return tuple(map(str, values)) if isinstance(values, list) else ()


def split_values(text: str | None) -> list[str]:
    """Return an option's values, separated by commas, or by semicolons where a value has a comma: `1,5 kg; 2 kg`."""
    separator = ";" if ";" in (text or "") else ","
    return [value.strip() for value in (text or "").split(separator) if value.strip()]


def joined_values(values: Sequence[str]) -> str:
    """Return the values of an option as `split_values` reads them."""
    if any("," in value for value in values):
        return "; ".join(values) + (";" if len(values) == 1 else "")
    return ", ".join(values)


def read_facts(text: str, english: str, problems: dict[str, str]) -> Iterator[Any]:
    """Yield the facts that are typed, a line each: name, colon, value."""
    lines, lines_en = (list(filter(None, map(str.strip, part.splitlines()))) for part in (text, english or text))
    if len(lines) != len(lines_en):
        problems["facts_en"] = "not_as_many"
    for one, one_en in zip(lines, lines_en, strict=False):
        (name, mark, value), (name_en, mark_en, value_en) = one.partition(":"), one_en.partition(":")
        if not mark or not mark_en:
            problems["facts_en" if mark else "facts"] = "invalid"
        yield {"name": name.strip(), "name_en": name_en.strip(), "value": value.strip(), "value_en": value_en.strip()}


def read_moment(text: str) -> datetime | None:
    """Return a time in Colombia."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=BOGOTA)
    except ValueError:
        raise Unreadable("invalid") from None


def or_problem(problems: dict[str, str], name: str, read: Any, text: str | None) -> Any:
    """Return what a text means, or note under the field's name why it means nothing."""
    try:
        return read((text or "").strip())
    except Unreadable as refusal:
        problems[name] = refusal.code
        return None


def member(kind: Any, text: str | None) -> Any:
    """Return the member of an enum that a text is, or None."""
    return kind(text) if text in tuple(kind) and text else None


def typed_of(draft: ProductDraft, version: int) -> Typed:
    """Return a product as its form shows it: the common price is the lowest, and rows show only what differs."""
    return {
        **{name: getattr(draft, name) for name in ("name", "name_en", "description", "description_en", "slug")},
        "brand": draft.brand,
        "kind": draft.kind,
        "category": str(draft.category_id),
        "tax_rate": draft.tax_rate,
        "withdrawal_exception": draft.withdrawal_exception or "",
        "status": draft.status,
        "published_from": moment_text(draft.published_from),
        "price": pesos_text(_common_price(draft)),
        "facts": "\n".join(f"{fact['name']}: {fact['value']}" for fact in draft.facts),
        "facts_en": "\n".join(f"{fact['name_en']}: {fact['value_en']}" for fact in draft.facts),
        "options": [
            {
                "name": option["name"],
                "name_en": option["name_en"],
                "values": joined_values(option["values"]),
                "values_en": joined_values(option["values_en"]),
            }
            for option in draft.options
        ]
        + [{}] * (MOST_OPTIONS - len(draft.options)),
        "variants": list(rows_of(draft).values()),
        "version": str(version),
    }


def rows_of(draft: ProductDraft) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return the rows of a stored product's grid by their values."""
    common = _common_price(draft)
    return {one.values: _row_of(one, common) for one in draft.variants}


def _common_price(draft: ProductDraft) -> int | None:
    return min((one.price_minor for one in draft.variants if one.price_minor), default=None)


def _row_of(one: VariantDraft, common: int | None) -> dict[str, Any]:
    return {
        "of": json.dumps(one.values),
        "was": json.dumps(one.values),
        "sku": one.sku,
        "barcode": one.barcode,
        "price": "" if one.price_minor == common else pesos_text(one.price_minor),
        "original_price": pesos_text(one.original_price_minor),
        "weight": str(one.weight_grams or ""),
        "low_stock_at": str(one.low_stock_at),
        "received": "",
        "interval": one.interval or BillingInterval.MONTH,
        "trial_days": str(one.trial_days or ""),
        "is_active": one.is_active,
    }


def pesos_text(amount_minor: int | None) -> str:
    """Return an amount as somebody would type it in the language of the page."""
    return "" if amount_minor is None else number_label(amount_minor // pesos(1))


def moment_text(moment: datetime | None) -> str:
    """Return a time in Colombia as a browser's field has it."""
    return "" if moment is None else moment.astimezone(BOGOTA).strftime("%Y-%m-%dT%H:%M")
