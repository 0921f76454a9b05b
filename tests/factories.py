"""People, goods and orders for tests, made through the shop's own services."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import order_tokens
from storefront.domain.catalogue import Category, Product, Variant
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.coupon import Coupon
from storefront.domain.customer import Customer
from storefront.domain.inventory import Stock
from storefront.domain.order import Order, OrderEvent, OrderLine
from storefront.domain.outbox import OutboxMail
from storefront.domain.payment import EventRecord, RefundRecord
from storefront.domain.shipping import Address, check_address
from storefront.gateways.payments import SessionSnapshot
from storefront.ids import new_id
from storefront.money import pesos
from storefront.seed.catalogue import PRODUCTS
from storefront.services import carts, checkout
from storefront.services.accounts import one_time_codes, second_factors
from storefront.services.audit import Actor
from storefront.services.catalogue import ItemRequest
from storefront.services.checkout import PlacedOrder, Purchase
from storefront.services.payments import session_status
from storefront.services.shopper import Shopper
from tests.fakes import FakeGateway

WHEY, DUMBBELL, BAR, CUBES, COFFEE = (
    "whey-protein-2lb",  # 129 900, 120 units
    "mancuerna-edicion-limitada",  # 389 900, 5 units
    "barra-dominadas-puerta",  # 119 900, 2 units
    "cubos-panela-limon",  # 14 900, 150 units, no IVA
    "cafe-preentreno-narino",  # 34 900, 80 units, 5 %
)
BELT = "cinturon-levantamiento-cuero"  # nothing left
PLAN, GUIDE = "plan-fuerza-12-semanas", "guia-primer-mes-gimnasio"  # digital: 79 900 and 24 900
PREMIUM = "fitaiid-premium-mensual"  # a subscription

EMAIL = "ana@example.com"
SUCCESS = "http://localhost/checkout/success?session_id={CHECKOUT_SESSION_ID}"
CANCEL = "http://localhost/checkout/cancel"


def address(**changes: str) -> Address:
    """Return an address in Bogotá, or wherever the changes lead."""
    typed = {
        "first_name": "Ana",
        "last_name": "Pérez",
        "phone": "300 123 4567",
        "street": "Calle 10 # 5-51",
        "city": "Bogotá",
        "department": "Bogotá D.C.",
    }
    return check_address(**typed | changes)


def guest_with(*goods: tuple[str, int]) -> Shopper:
    """Return a guest with these goods in the cart."""
    guest = Shopper()
    for slug, quantity in goods or ((WHEY, 1),):
        change = carts.add(guest, slug, quantity)
        guest = replace(guest, cart_token=change.cart_token or guest.cart_token)
    return guest


def customer(email: str = "valentina@example.com", *, is_confirmed: bool = False) -> Shopper:
    """Return a new customer, signed in; one with a confirmed address may try plans."""
    with transaction():
        person = Customer(
            id=new_id(),
            email=email,
            password_hash="",
            first_name="Valentina",
            last_name="Rojas",
            created_at=clock.now(),
            email_verified_at=clock.now() if is_confirmed else None,
        )
        db.session.add(person)
    return Shopper(customer_id=person.id)


def purchase(shopper: Shopper, **changes: Any) -> Purchase:
    """Return what a door hands over for the shopper's cart, to be sent to Bogotá."""
    said = {
        "email": EMAIL,
        "language": "es",
        "success_url": SUCCESS,
        "cancel_url": CANCEL,
        "address": address(),
        "shipping_method": "standard",
    }
    if changes.get("items") is not None:
        changes["items"] = tuple(ItemRequest(*item) for item in changes["items"])
    return Purchase(shopper=shopper, **said | changes)


def begin(*goods: tuple[str, int], **changes: Any) -> PlacedOrder:
    """Place the order of a new guest."""
    return checkout.begin(purchase(guest_with(*goods), **changes))


def pay(gateway: FakeGateway, started: PlacedOrder) -> SessionSnapshot:
    """Pay the order's page, and come back to the shop's return page."""
    page = gateway.pay(started.session_id)
    session_status.settle_session(owner(started), started.session_id)
    return page


def owner(*started: PlacedOrder) -> Shopper:
    """Return who placed these orders: their customer, or the guest whose browser remembers them."""
    order_ids = tuple(one.order_id for one in started)
    customers = select(Order.customer_id).where(Order.public_id.in_(order_ids), Order.customer_id.is_not(None))
    return Shopper(customer_id=db.session.scalar(customers.limit(1)), order_ids=order_ids)


def order_of(started: PlacedOrder | str) -> Order:
    """Return an order as the database has it now."""
    db.session.rollback()
    public_id = started if isinstance(started, str) else started.order_id
    order = db.session.scalar(
        select(Order).where(Order.public_id == public_id).execution_options(populate_existing=True)
    )
    assert order is not None
    return order


def state_of(started: PlacedOrder | str) -> tuple[str, str]:
    """Return status and payment status."""
    order = order_of(started)
    return order.status, order.payment_status


def token_of(order: Order) -> str:
    """Return the token in the links that an order's mails have."""
    return order_tokens.token_of(order.public_id)


def lines_of(started: PlacedOrder) -> list[OrderLine]:
    """Return an order's lines."""
    statement = select(OrderLine).where(OrderLine.order_id == order_of(started).id).order_by(OrderLine.id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def stock_of(slug: str) -> tuple[int, int]:
    """Return (on hand, reserved)."""
    db.session.rollback()
    row = db.session.execute(select(Stock.on_hand, Stock.reserved).where(Stock.variant_id == variant_id_of(slug))).one()
    return row.on_hand, row.reserved


def set_stock(slug: str, units: int) -> None:
    """Put exactly so many units on the shelf, as if the shop had begun with them."""
    with transaction():
        db.session.execute(
            update(Stock)
            .where(Stock.variant_id == variant_id_of(slug))
            .values(initial=Stock.initial + units - Stock.on_hand, on_hand=units)
            .execution_options(synchronize_session=False)
        )


def set_stock_held(slug: str, units: int) -> None:
    """Hold exactly so many units, without a row that says for whom."""
    with transaction():
        db.session.execute(
            update(Stock)
            .where(Stock.variant_id == variant_id_of(slug))
            .values(reserved=units)
            .execution_options(synchronize_session=False)
        )


def variant_id_of(slug: str) -> str:
    """Return the id of a product's first variant."""
    of_slug = select(Variant.id).join(Product).where(Product.slug == slug)
    variant_id = db.session.scalar(of_slug.order_by(Variant.position, Variant.id).limit(1))
    assert variant_id is not None
    return variant_id


def sku_of(slug: str) -> str:
    """Return the article number of a product of the demo that has one variant."""
    return next(product.sku for product in PRODUCTS if product.slug == slug)


def change_product(slug: str, **values: Any) -> None:
    """Change a product and its variants behind everybody's back; what both have is changed at both."""
    of_variant = {name: value for name, value in values.items() if name in Variant.__mapper__.columns}
    of_product = {name: value for name, value in values.items() if name in Product.__mapper__.columns}
    if "price_minor" in values:
        of_product["price_max_minor"] = values["price_minor"]
    with transaction():
        key = select(Product.id).where(Product.slug == slug).scalar_subquery()
        if of_product:
            db.session.execute(update(Product).where(Product.slug == slug).values(of_product))
        if of_variant:
            db.session.execute(update(Variant).where(Variant.product_id == key).values(of_variant))


def some_category() -> Category:
    """Return a category of the shop."""
    return db.session.scalars(select(Category).order_by(Category.id)).first() or Category()


def put_under(child: str, parent: str) -> None:
    """Let a category stand under another one."""
    key = db.session.scalar(select(Category.id).where(Category.slug == parent))
    with transaction():
        db.session.execute(update(Category).where(Category.slug == child).values(parent_id=key))


def product(slug: str, shelf: Category, units: int = 10) -> Product:
    """Return a new physical product of 10 000 pesos, for a test to add."""
    made = Product(
        slug=slug,
        kind="physical",
        name=slug,
        name_en=slug,
        description="",
        description_en="",
        category=shelf,
        brand="",
        image="",
        created_at=clock.now(),
    )
    stock = Stock(initial=units, on_hand=units, reserved=0)
    made.variants = [Variant(sku=slug.upper(), price_minor=pesos(10_000), is_active=True, stock=stock)]
    made.summarise()
    return made


def make_coupon(code: str = "PRUEBA", **values: Any) -> str:
    """Make a coupon, 10 % unless told otherwise, and return its code."""
    with transaction():
        db.session.add(Coupon(**{"code": code, "kind": "percent", "value": 10} | values))
    return code


def uses_of(code: str) -> int:
    """Return how many uses of a coupon are counted."""
    db.session.rollback()
    used = db.session.scalar(select(Coupon.used_count).where(Coupon.code == code))
    assert used is not None
    return used


def sessions_of(started: PlacedOrder) -> list[CheckoutSession]:
    """Return the payment attempts of an order, oldest first."""
    order = order_of(started)
    statement = select(CheckoutSession).where(CheckoutSession.order_id == order.id).order_by(CheckoutSession.id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def refunds_of(started: PlacedOrder) -> list[RefundRecord]:
    """Return the refunds of an order."""
    statement = select(RefundRecord).where(RefundRecord.order_id == order_of(started).id).order_by(RefundRecord.id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def mails_of(started: PlacedOrder | str) -> list[str]:
    """Return the templates of an order's mails, in alphabetical order."""
    statement = select(OutboxMail.template).where(OutboxMail.order_id == order_of(started).id)
    return sorted(db.session.scalars(statement))


def outbox() -> list[OutboxMail]:
    """Return every mail, in the order in which they were written."""
    db.session.rollback()
    statement = select(OutboxMail).order_by(OutboxMail.created_at, OutboxMail.id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def causes_of(started: PlacedOrder) -> list[tuple[str, str]]:
    """Return (what it became, cause) of each step of an order's history."""
    statement = select(OrderEvent).where(OrderEvent.order_id == order_of(started).id).order_by(OrderEvent.id)
    return [(event.new or event.note, event.cause) for event in db.session.scalars(statement)]


def ledger() -> Mapping[str, str]:
    """Return the state of each event that Stripe sent."""
    db.session.rollback()
    return {row.id: row.state for row in db.session.execute(select(EventRecord.id, EventRecord.state))}


def second_factor(customer_id: str) -> str:
    """Give somebody a second factor, whose code of now is used up, and return its secret."""
    staff = Actor("ana")
    second_factors.offer(customer_id, staff=staff)
    offer = second_factors.find_offer(customer_id, "ana@example.com")
    assert offer is not None
    code = one_time_codes.code_at(offer.secret, one_time_codes.step_of(clock.now()))
    second_factors.activate(customer_id, code, login_id="", staff=staff)
    return offer.secret


def count_of(table: type[Any]) -> int:
    """Return how many rows a table has."""
    db.session.rollback()
    return len(db.session.scalars(select(table)).unique().all())


def moment(day: int, hour: int = 9) -> datetime:
    """Return a time of November 2026 in Bogotá."""
    return datetime(2026, 11, day, hour, tzinfo=clock.BOGOTA)
