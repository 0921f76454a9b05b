"""Past orders for the demonstration: bought, paid at the simulator, sent and reviewed days ago. Nobody is mailed.

All of it goes through the shop's own services, so that stock, ledger, payments and audit agree, and staff can refund
what they find. Afterwards the days are set back, and the goods that were sold are added to what there was at first:
the units on sale are those of the catalogue.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.request import Request, urlopen

from sqlalchemy import bindparam, delete, func, select, update

from storefront.clock import day_of, now
from storefront.database import Base, db, transaction
from storefront.domain.customer import Customer
from storefront.domain.inventory import Stock, StockMovement
from storefront.domain.order import Order, OrderEvent
from storefront.domain.outbox import OutboxMail
from storefront.domain.product_review import ProductReview, ReviewRequest
from storefront.domain.shipment import Parcel, Shipment
from storefront.domain.shipping import check_address
from storefront.enums import Method
from storefront.errors import ShopError
from storefront.ids import new_id
from storefront.seed import DEMO_PASSWORD
from storefront.services import checkout
from storefront.services.accounts.passwords import hash_password
from storefront.services.audit import Actor
from storefront.services.catalogue import ItemRequest, review_moderation
from storefront.services.checkout import Purchase
from storefront.services.orders import fulfilment, own_reviews
from storefront.services.orders.own_reviews import Opinion
from storefront.services.payments import session_status
from storefront.services.shopper import Shopper
from storefront.settings import settings

BUYER = "buyer@example.com"
"""The login with past orders; the other shopper has none, and may use the coupon for a first order."""

_SEED = Actor("seed")
_CARDS = {"visa": "4242424242424242", "mastercard": "5555555555554444", "amex": "378282246310005"}
_DELIVERED_AFTER = timedelta(days=3)
_WHEY, _SHAKER, _MAT, _BANDS = "whey-protein-2lb", "shaker-600ml", "tapete-yoga-6mm", "bandas-resistencia-set-5"
_COFFEE, _BOTTLE, _GUIDE, _STRENGTH = (
    "cafe-preentreno-narino",
    "botella-acero-750ml",
    "guia-movilidad-15-minutos",
    "plan-fuerza-12-semanas",
)


@dataclass(frozen=True, slots=True)
class PastReview:
    """What a buyer says of a product; staff have still to read it unless it `is_approved`."""

    slug: str
    opinion: Opinion
    answer: str = ""
    is_approved: bool = True


@dataclass(frozen=True, slots=True)
class PastOrder:
    """What somebody bought some days ago, one of each; it was delivered unless it `is_under_way`."""

    first_name: str
    last_name: str
    email: str
    days_ago: int
    goods: tuple[str, ...]
    reviews: tuple[PastReview, ...] = ()
    card: str = "visa"
    method: Method | None = Method.STANDARD
    is_under_way: bool = False


HISTORY = (
    PastOrder(
        *("Carolina", "Mejía", "carolina@example.com", 34, (_WHEY, _SHAKER)),
        (
            PastReview(
                _WHEY, Opinion(5, "Se disuelve bien", "Sabe a vainilla y no deja grumos. Rinde lo que dice el tarro.")
            ),
        ),
    ),
    PastOrder(
        *("Julián", "Ospina", "julian@example.com", 27, (_WHEY, _SHAKER, _COFFEE)),
        (
            PastReview(
                _WHEY, Opinion(4, "", "Buena proteína. La tapa llegó un poco floja, pero el sello estaba intacto.")
            ),
        ),
        card="mastercard",
    ),
    PastOrder(
        *("Natalia", "Rueda", "natalia@example.com", 21, (_MAT, _BANDS)),
        (PastReview(_MAT, Opinion(5, "No resbala", "Lo uso a diario y no se corre, ni con las manos sudadas.")),),
        method=Method.PICKUP,
    ),
    PastOrder(
        *("Andrés", "Cifuentes", "andres@example.com", 16, (_BANDS, _MAT, _BOTTLE)),
        (
            PastReview(
                _BANDS,
                Opinion(3, "Cumplen", "Las dos más suaves son casi iguales. Las otras van bien."),
                answer="Gracias por contarlo: revisamos las resistencias con el fabricante.",
            ),
        ),
        card="amex",
    ),
    PastOrder(
        *("Camilo", "Torres", BUYER, 14, (_WHEY, _SHAKER, _STRENGTH)),
        (PastReview(_SHAKER, Opinion(5, "No gotea", "Lo llevo en la maleta y cierra bien.")),),
    ),
    PastOrder(
        *("Luisa", "Benavides", "luisa@example.com", 12, (_GUIDE,)),
        (PastReview(_GUIDE, Opinion(5, "", "Clara y corta. Ya no me duele la espalda al levantarme.")),),
        method=None,
    ),
    PastOrder(
        *("Mateo", "Zapata", "mateo@example.com", 9, (_COFFEE, _SHAKER)),
        (
            PastReview(
                _COFFEE,
                Opinion(4, "Buen sabor", "Me activa sin acelerarme. Ojalá viniera en bolsa más grande."),
                is_approved=False,
            ),
        ),
    ),
    PastOrder("Camilo", "Torres", BUYER, 2, (_MAT, _BANDS), is_under_way=True),
)


def write_history() -> None:
    """Write the past orders into a shop that has none; once, also if its settings refuse some or all of them."""
    emails = [past.email for past in HISTORY]
    for begun in (select(Order.id), select(Customer.id).where(Customer.email.in_(emails))):
        if db.session.scalar(begun.limit(1)) is not None:
            return
    moment = now()
    customers = _add_customers(moment - timedelta(days=40))
    _control("webhooks", drop=10_000)  # nobody listens yet, and later tries would stand in the way of new purchases
    try:
        for past in HISTORY:
            # A setting of the demonstration may not allow it, such as a minimum or a document that is asked for.
            with suppress(ShopError):
                _make(past, Shopper(customer_id=customers[past.email]), moment)
    finally:  # also for what was written before it was interrupted: it is not begun anew
        _control("reset")
        _settle_down(moment)


def _add_customers(joined_at: datetime) -> dict[str, str]:
    """Add who bought, and return their ids by e-mail; only one of them can sign in, for nobody knows a password."""
    people = {past.email: past for past in HISTORY}
    rows = [
        Customer(
            id=new_id(),
            email=email,
            password_hash=hash_password(DEMO_PASSWORD) if email == BUYER else "",
            first_name=past.first_name,
            last_name=past.last_name,
            email_verified_at=joined_at,
            created_at=joined_at,
        )
        for email, past in people.items()
    ]
    with transaction():
        db.session.add_all(rows)
        return {row.email: row.id for row in rows}


def _make(past: PastOrder, shopper: Shopper, moment: datetime) -> None:
    placed = checkout.begin(_purchase(past, shopper))
    _control(f"pay/{placed.session_id}", card=_CARDS[past.card], wait=0)
    session_status.settle_session(shopper, placed.session_id)
    order = _set_back(placed.order_id, past, moment - timedelta(days=past.days_ago))
    if past.method == Method.PICKUP:
        fulfilment.mark_ready(order.id, staff=_SEED)
    elif past.method:
        fulfilment.ship(order.id, carrier="servientrega", tracking_number=f"20{order.id:08d}", staff=_SEED)
    if past.method and not past.is_under_way:
        fulfilment.mark_delivered(order.id, staff=_SEED)
    _review(past.reviews, shopper, order)


def _purchase(past: PastOrder, shopper: Shopper) -> Purchase:
    typed = {"first_name": past.first_name, "last_name": past.last_name, "phone": "300 123 4567"}
    place = {"street": "Carrera 43A # 7-50", "city": "Medellín", "department": "Antioquia"}
    is_pickup = past.method == Method.PICKUP
    return Purchase(
        shopper=shopper,
        items=tuple(ItemRequest(slug, 1) for slug in past.goods),
        email=past.email,
        language="es",
        address=check_address(**typed, **({} if is_pickup else place), is_pickup=is_pickup) if past.method else None,
        shipping_method=past.method,
        digital_consent=True,
        success_url=f"{settings().BASE_URL}/checkout/success",
        cancel_url=f"{settings().BASE_URL}/checkout/cancel",
    )


def _set_back(public_id: str, past: PastOrder, day: datetime) -> Order:
    """Let an order be placed on another day, before staff do anything under its number, which has the month."""
    with transaction():
        order = db.session.scalars(select(Order).where(Order.public_id == public_id)).one()
        order.placed_at = order.paid_at = day
        order.card_brand, order.card_last4 = past.card, _CARDS[past.card][-4:]
        if order.delivery_earliest:
            order.delivery_earliest = day_of(day + timedelta(days=2)).isoformat()
            order.delivery_latest = day_of(day + timedelta(days=4)).isoformat()
    return order


def _review(reviews: Sequence[PastReview], shopper: Shopper, order: Order) -> None:
    number = order.number
    for past in reviews:
        written = own_reviews.create(shopper, past.slug, number, past.opinion, "es")
        if past.is_approved:
            review_moderation.approve(written.id, version=written.version, staff=_SEED)
        if past.answer:
            review_moderation.answer(written.id, past.answer, version=written.version, staff=_SEED)


def _settle_down(moment: datetime) -> None:
    """Set back the days of what belongs to the orders, mail nobody, and leave as many units as there were."""
    days = {order.id: order.placed_at for order in db.session.scalars(select(Order))}
    later = {key: min(day + _DELIVERED_AFTER, moment) for key, day in days.items()}
    arrived = select(Shipment.order_id).where(Shipment.delivered_at.is_not(None))
    delivered = db.session.scalars(arrived).all()
    with transaction():
        _set_days(OrderEvent, days, "at")
        _set_days(StockMovement, days, "at")
        _set_days(Shipment, days, "created_at", "shipped_at")
        _set_days(Shipment, {key: later[key] for key in delivered}, "delivered_at")
        _set_days(Parcel, days, "sent_at")
        _set_days(ProductReview, later, "created_at", "changed_at")
        db.session.execute(update(OutboxMail).where(OutboxMail.order_id.in_(days)).values(sent_at=moment))
        db.session.execute(delete(ReviewRequest).where(ReviewRequest.order_id.in_(days)))
        of_them = StockMovement.order_id.in_(days)  # what staff had received or counted before stays as it is
        moved = select(func.sum(StockMovement.on_hand_delta)).where(
            StockMovement.variant_id == Stock.variant_id, of_them
        )
        is_moved = Stock.variant_id.in_(select(StockMovement.variant_id).where(of_them))
        sold = -moved.correlate(Stock).scalar_subquery()
        values = {"initial": Stock.initial + sold, "on_hand": Stock.on_hand + sold}
        db.session.execute(update(Stock).where(is_moved).values(values).execution_options(synchronize_session=False))


def _set_days(table: type[Base], days: dict[int, datetime], *columns: str) -> None:
    statement = update(table.__table__).where(table.__table__.c.order_id == bindparam("order"))  # type: ignore[arg-type]
    rows = [{"order": key, **dict.fromkeys((f"new_{name}" for name in columns), day)} for key, day in days.items()]
    if not rows:  # settings may refuse every past order, and not all of them were delivered
        return
    db.session.connection().execute(statement.values({name: bindparam(f"new_{name}") for name in columns}), rows)


def _control(path: str, **body: object) -> None:
    """Call a control of the simulator."""
    request = Request(
        f"{os.environ['STRIPE_API_BASE']}/_sim/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=20) as response:  # nosec B310
        response.read()
