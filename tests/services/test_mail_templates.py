"""Every mail that the shop's own code writes can be sent, in both languages; the list is read from the code."""

import ast
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from config import ROOT
from storefront import clock
from storefront.database import db, transaction
from storefront.domain import outbox
from storefront.domain.customer import Customer
from storefront.enums import StaffRole
from storefront.services.audit import Actor
from storefront.services.mail import mail_delivery
from storefront.services.orders import fulfilment
from tests import factories as make
from tests import plans
from tests.factories import GUIDE, PREMIUM, WHEY
from tests.fakes import FakeGateway, KeepingMailer

WRITERS = {"enqueue", "enqueue_all", "enqueue_email", "enqueue_staff_email"}
FILE = {"name": "guia.pdf", "format": "pdf", "size_bytes": 27_000, "downloads": 5, "until": "2026-12-24"}
FACTS = {
    "amount_minor": 6_490_000, "reason": "fraudulent", "files": [FILE], "is_guest": False,
    "paid_in": "", "is_lost": True, "change": "reset",
    "role": "warehouse", "number": "2026-11-0001-R1", "goods": [{"name": "Shaker", "quantity": 1}], "due": "2026-12-09",
    "request_number": "PQR-2026-11-0001", "answer_text": "Te cambiamos el producto.",
    "note": "El producto no llegó.", "requests": ["2026-11-0001-R1"],
    "next_try": "2026-12-01", "stock_url": "http://localhost/staff/stock", "more": 2,
    "alert_id": "01kavwm5d2e8qg0m3v7t9xk4nb", "name": "Proteína", "path": "/products/whey-protein-2lb",
    "items": [{"name": "Proteína", "sku": "WHEY-2LB", "available": 3, "mark": 5}],
    "to_prepare": 1, "late_orders": ["2026-11-0001"], "held": 1, "owed": 1, "disputed": 1, "returns": 1, "low": 1,
    "failed_mails": 1, "failed_events": 1, "sold_minor": 12_990_000, "sold_orders": 1,
    "today_url": "http://localhost/staff/", "switch_url": "http://localhost/staff/security",
}  # fmt: skip
"""What a mail can need besides its order and its plan; a template that needs more says so here."""


def written_templates() -> set[str]:
    """Return the template of every mail that some line of the services writes."""
    return {name for path in (ROOT / "storefront").rglob("*.py") for name in _templates(ast.parse(path.read_text()))}


def _templates(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        named = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if called in WRITERS:
            yield from (name for name in named if re.fullmatch(r"[a-z]+(_[a-z]+)*", name))


def template_files() -> set[str]:
    """Return the mails that have a subject."""
    return {path.name.removesuffix(".subject.txt") for path in (ROOT / "templates" / "mail").glob("*.subject.txt")}


def test_the_search_for_templates_finds_them() -> None:
    """A pattern that finds nothing would prove nothing."""
    known = {"order_confirmed", "shipped", "dispute_opened", "password_reset", "subscription_renewed"}
    assert known <= written_templates()


def test_every_mail_that_is_written_has_its_texts_and_no_text_is_left_over() -> None:
    assert written_templates() == template_files()


@pytest.mark.parametrize("method", ["standard", "pickup"])
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_mail_leaves_for_a_real_order(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer, language: str, method: str
) -> None:
    goods = ((PREMIUM, 1), (WHEY, 2), (GUIDE, 1))
    buyer = make.customer()  # whose address waits to be confirmed
    _, started = plans.bought(gateway, *goods, shopper=buyer, language=language, shipping_method=method)
    order = make.order_of(started)
    if method == "pickup":
        fulfilment.mark_ready(order.id, staff=Actor("test"))
    else:
        fulfilment.ship(order.id, carrier="interrapidisimo", tracking_number="240-77", staff=Actor("test"))
    fulfilment.mark_delivered(order.id, staff=Actor("test"))
    plan_id = plans.only().id
    with transaction():
        # Somebody who does not work here is not invited to the team.
        db.session.execute(
            db.update(Customer).where(Customer.email == "valentina@example.com").values(staff_role=StaffRole.WAREHOUSE)
        )
        for name in written_templates():
            outbox.enqueue(
                f"again:{name}",
                name,
                recipient="valentina@example.com",
                language=language,
                order_id=order.id,
                now=clock.now(),
                subscription_id=plan_id,
                **FACTS,
            )
    while mail_delivery.deliver_due():
        pass
    assert {mail.error for mail in make.outbox()} == {""}
    asked = {mail.id for mail in make.outbox() if mail.key.startswith("again:")}
    again = [message for message in mailer.emails_sent if message.message_id[1:].partition("@")[0] in asked]
    # The order is paid: nobody waits for its payment any more.
    assert len(again) == len(written_templates() - set(outbox.WHILE_PAYMENT_IS))
    for message in again:
        assert message.subject
        assert f'<html lang="{language}">' in message.html
        assert len(message.html) < 100_000
        assert not re.search(r"\n{3}", message.text)
