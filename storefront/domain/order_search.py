"""What finds an order in the search of the back office: one text of folded words for each order, and exact ids.

`refresh` writes the text and is called in the transaction of each change of what it is made of; `flask doctor` compares
and repairs it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute

from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.order import Order
from storefront.domain.order_numbers import sequences_of_tail
from storefront.domain.search import MAX_TEXT, MAX_WORDS, has_words, reads_words
from storefront.text import fold

_CALLING_CODE = "57"
_DIGITS = re.compile(r"\+?[0-9][0-9 ().-]{5,}")
_WORDS = Order.search_text
_WithWords = Callable[[InstrumentedAttribute[str], Sequence[str]], ColumnElement[bool]]


def refresh(order: Order, skus: Iterable[str], tracking_numbers: Iterable[str] = ()) -> None:
    """Write down by which words an order is found."""
    order.search_text = words_of(order.email, order.address, skus, tracking_numbers)


def words_of(
    email: str, address: Mapping[str, str] | None, skus: Iterable[str], tracking_numbers: Iterable[str] = ()
) -> str:
    """Return the words by which an order is found: e-mail, buyer, phone, article numbers, tracking numbers."""
    address, guides = address or {}, list(tracking_numbers)
    phone = fold(address.get("phone", ""))
    names = [email, address.get("first_name", ""), address.get("last_name", "")]
    words = fold(" ".join([*names, *skus, *guides])).split()
    words += [phone, phone.removeprefix(_CALLING_CODE), *(_joined(guide) for guide in guides)]
    return " ".join(word for word in dict.fromkeys(words) if word)


@dataclass(frozen=True, slots=True)
class Ways:
    """Conditions of which each finds orders, for one index each, and the same for orders that are read one by one."""

    by_index: Sequence[ColumnElement[bool]]
    by_reading: Sequence[ColumnElement[bool]]


def ways(text: str) -> Ways:
    """Return the ways in which a typed text finds orders; a text without words or digits finds none."""
    return Ways(_ways(text, has_words), _ways(text, reads_words))


def _ways(text: str, with_words: _WithWords) -> list[ColumnElement[bool]]:
    typed = text.strip()[:MAX_TEXT]
    if by_provider := _by_provider(typed):
        return by_provider
    found = [Order.public_id == typed.lower()]
    if running := sequences_of_tail(typed):
        found.append(Order.id.in_(running))
    if words := fold(typed).split()[:MAX_WORDS]:
        found.append(_by_email(typed.lower(), words, with_words) if "@" in typed else with_words(_WORDS, words))
    if _DIGITS.fullmatch(typed):  # a phone or a tracking number, in groups
        found.append(with_words(_WORDS, [_joined(typed)]))
    return found


def _by_provider(typed: str) -> list[ColumnElement[bool]]:
    """Return the conditions of ids at the payment provider, which have unique indexes of their own."""
    if typed.startswith("cs_"):
        return [Order.id.in_(select(CheckoutSession.order_id).where(CheckoutSession.session_id == typed))]
    return [Order.payment_id == typed, Order.invoice_id == typed] if typed.startswith(("pi_", "in_")) else []


def _by_email(typed: str, words: list[str], with_words: _WithWords) -> ColumnElement[bool]:
    """Return the condition of an e-mail, or of part of one; a whole one has an index of its own."""
    local, _, domain = typed.partition("@")
    if local and "." in domain:
        return Order.email == typed
    named = with_words(_WORDS, fold(local).split() or words)
    return and_(named, Order.email.contains(typed, autoescape=True))


def _joined(text: str) -> str:
    return fold(text).replace(" ", "")
