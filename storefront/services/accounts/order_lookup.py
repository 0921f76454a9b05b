"""Finding an order again by its number and e-mail: the link to it goes to the mailbox, and nobody else learns a thing.

A request only writes an outbox row, whether there is such an order or not, so that its response and its duration
reveal nothing. The order is looked for when the mail is written.
"""

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import outbox
from storefront.domain.customer import normalise_email
from storefront.domain.order import Order
from storefront.domain.order_numbers import sequence_of
from storefront.errors import InvalidInput
from storefront.ids import digest
from storefront.services.accounts.email_addresses import check_email

MAX_NUMBER = 40


def request_link(number: str, email: str, language: str) -> None:
    """Have the link to an order sent to the e-mail it was placed with, if they belong together; at most one in five
    minutes. Raises `InvalidInput` for what is no address, or for no number.
    """
    number, problems = number.strip().lstrip("#").strip(), {}
    if not number:
        problems["order_number"] = "required"
    try:
        email = check_email(email)
    except InvalidInput as refusal:
        problems |= refusal.problems
    if problems:
        raise InvalidInput(problems)
    with transaction():
        now = clock.now()
        occasion = f"{digest(f'{number} {email}')[:32]}:{int(now.timestamp()) // 300}"
        key, typed = f"order_link:{occasion}", number[:MAX_NUMBER]
        outbox.enqueue(key, "order_link", recipient=email, language=language, now=now, order_number=typed)


def find_order_id(number: str, email: str) -> int | None:
    """Return the order with this number that was placed with this e-mail, or None."""
    sequence = sequence_of(number)
    if sequence is None:
        return None
    order = db.session.scalar(select(Order).where(Order.id == sequence, Order.email == normalise_email(email)))
    return order.id if order is not None and order.number == number else None
