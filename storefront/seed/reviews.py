"""Reviews for the demonstration: past customers buy with a coupon for everything, receive, and write.

All of it goes through the shop's own services, so that stock, ledger, coupon and audit agree. Nobody is mailed.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from storefront.database import db, transaction
from storefront.domain.coupon import Coupon
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine
from storefront.domain.outbox import OutboxMail
from storefront.domain.product_review import ProductReview, ReviewRequest
from storefront.domain.shipping import check_address
from storefront.enums import CouponKind, Method
from storefront.ids import new_id, new_token
from storefront.services import checkout
from storefront.services.accounts.passwords import hash_password
from storefront.services.audit import Actor
from storefront.services.catalogue import ItemRequest, review_moderation
from storefront.services.checkout import Purchase
from storefront.services.orders import fulfilment, own_reviews
from storefront.services.orders.own_reviews import Opinion
from storefront.services.shopper import Shopper
from storefront.settings import settings

_SEED = Actor("seed")
_CODE = "RESENAS-DEMO"


@dataclass(frozen=True, slots=True)
class SeedReview:
    """What one customer says of one product; staff have still to read it unless it `is_approved`."""

    first_name: str
    last_name: str
    slug: str
    opinion: Opinion
    answer: str = ""
    is_approved: bool = True


REVIEWS = (
    SeedReview(
        "Carolina",
        "Mejía",
        "whey-protein-2lb",
        Opinion(5, "Se disuelve bien", "Sabe a vainilla y no deja grumos. Rinde lo que dice el tarro."),
    ),
    SeedReview(
        "Julián",
        "Ospina",
        "whey-protein-2lb",
        Opinion(4, "", "Buena proteína. La tapa llegó un poco floja, pero el sello estaba intacto."),
    ),
    SeedReview(
        "Natalia",
        "Rueda",
        "tapete-yoga-6mm",
        Opinion(5, "No resbala", "Lo uso a diario y no se corre, ni con las manos sudadas."),
    ),
    SeedReview(
        "Andrés",
        "Cifuentes",
        "bandas-resistencia-set-5",
        Opinion(3, "Cumplen", "Las dos más suaves son casi iguales. Las otras van bien."),
        answer="Gracias por contarlo: revisamos las resistencias con el fabricante.",
    ),
    SeedReview(
        "Luisa",
        "Benavides",
        "guia-movilidad-15-minutos",
        Opinion(5, "", "Clara y corta. Ya no me duele la espalda al levantarme."),
    ),
    SeedReview(
        "Mateo",
        "Zapata",
        "cafe-preentreno-narino",
        Opinion(4, "Buen sabor", "Me activa sin acelerarme. Ojalá viniera en bolsa más grande."),
        is_approved=False,
    ),
)


def load_reviews(now: datetime) -> int:
    """Add the reviews to a shop that has none, and return how many."""
    if db.session.scalar(select(ProductReview.id).limit(1)) is not None:
        return 0
    with transaction():
        times = {"starts_at": now, "max_uses": len(REVIEWS), "max_uses_per_customer": 1}
        db.session.add(Coupon(code=_CODE, kind=CouponKind.PERCENT, value=100, **times))
    for number, seed in enumerate(REVIEWS, 1):
        _write(seed, f"resena{number}@example.com", now)
    with transaction():
        of_orders = select(Order.id).where(Order.coupon_code == _CODE)
        db.session.execute(update(OutboxMail).where(OutboxMail.order_id.in_(of_orders)).values(sent_at=now))
        db.session.execute(db.delete(ReviewRequest).where(ReviewRequest.order_id.in_(of_orders)))
    return len(REVIEWS)


def _write(seed: SeedReview, email: str, now: datetime) -> None:
    shopper = _customer(seed, email, now)
    placed = checkout.begin(_purchase(seed, shopper, email))
    order_id, number = _order(placed.order_id)
    if db.session.scalar(select(Order.shipping_method).where(Order.id == order_id)):
        fulfilment.mark_ready(order_id, staff=_SEED)
        fulfilment.mark_delivered(order_id, staff=_SEED)
    line_id = db.session.scalars(select(OrderLine.id).where(OrderLine.order_id == order_id)).one()
    review = own_reviews.save(shopper, number, line_id, seed.opinion, "es")
    if seed.is_approved:
        review_moderation.approve(review.id, version=review.version, staff=_SEED)
    if seed.answer:
        review_moderation.answer(review.id, seed.answer, version=review.version, staff=_SEED)


def _customer(seed: SeedReview, email: str, now: datetime) -> Shopper:
    """Return a customer in whose account nobody can sign in: nobody knows the password."""
    names = {"first_name": seed.first_name, "last_name": seed.last_name}
    customer_id = new_id()
    with transaction():
        values = {"email": email, "password_hash": hash_password(new_token()), "email_verified_at": now}
        db.session.add(Customer(id=customer_id, **values, created_at=now, **names))
    return Shopper(customer_id=customer_id)


def _purchase(seed: SeedReview, shopper: Shopper, email: str) -> Purchase:
    names = {"first_name": seed.first_name, "last_name": seed.last_name}
    return Purchase(
        shopper=shopper,
        items=(ItemRequest(seed.slug, 1),),
        email=email,
        language="es",
        address=check_address(**names, phone="300 123 4567", is_pickup=True),
        shipping_method=Method.PICKUP,
        coupon_code=_CODE,
        digital_consent=True,
        success_url=f"{settings().BASE_URL}/checkout/success",
        cancel_url=f"{settings().BASE_URL}/checkout/cancel",
    )


def _order(public_id: str) -> tuple[int, str]:
    order = db.session.scalars(select(Order).where(Order.public_id == public_id)).one()
    return order.id, order.number
