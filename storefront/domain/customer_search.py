"""The search of customers in the back office: accounts by their own words, and everybody by their orders.

A new account gets its words by the column's default; `refresh` is called in the transaction of each later change.
"""

import re

from sqlalchemy import ColumnElement, false, or_, select, update

from storefront.database import db, rows_changed
from storefront.domain import order_search
from storefront.domain.buyer_document import MAX_NUMBER
from storefront.domain.customer import Customer
from storefront.domain.customer_words import words_of
from storefront.domain.order import Order
from storefront.domain.order_search import Ways
from storefront.domain.search import MAX_TEXT, MAX_WORDS, has_words
from storefront.text import fold

_NUMBER = re.compile(r"\+?[0-9][0-9 ().,-]{3,}")


def refresh(customer_id: str) -> None:
    """Write down anew by which words an account is found."""
    columns = (Customer.email, Customer.first_name, Customer.last_name, Customer.phone, Customer.document)
    row = db.session.execute(select(*columns).where(Customer.id == customer_id)).one()
    own = update(Customer).where(Customer.id == customer_id)
    rows_changed(own.values(search_text=words_of(row._asdict())))


def order_ways(text: str) -> Ways:
    """Return the ways of the orders' own search, and the buyer's document, by which a text finds somebody's orders."""
    found = order_search.ways(text)
    typed = re.sub(r"[\s.,-]", "", text).upper()[:MAX_NUMBER]
    numbers = [typed, f"{typed[:-1]}-{typed[-1:]}"] if typed else []  # a NIT has a hyphen before its check digit
    document = Order.document_number.in_(numbers)
    return Ways([*found.by_index, document], [*found.by_reading, document])


def names(text: str) -> ColumnElement[bool]:
    """Return the condition that a typed text finds an account by what it says of itself."""
    typed = text.strip()[:MAX_TEXT]
    ways: list[ColumnElement[bool]] = [Customer.id == typed.lower(), Customer.email == typed.lower()]
    if words := fold(typed).split()[:MAX_WORDS]:
        ways.append(has_words(Customer.search_text, words))
    if _NUMBER.fullmatch(typed):  # a phone or a document, in groups
        ways.append(has_words(Customer.search_text, [fold(typed).replace(" ", "")]))
    return or_(false(), *ways)
