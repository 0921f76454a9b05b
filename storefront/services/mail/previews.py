"""A preview of every email, rendered from one invented order, for whoever writes or styles emails."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from storefront import clock
from storefront.domain import returns
from storefront.domain.payment_card import Card
from storefront.domain.pricing import Discount, Item, Quote, quote
from storefront.domain.shipping.calendar import add_business_days
from storefront.enums import BillingInterval, CouponKind, Method, PlanStatus, ShipmentState
from storefront.errors import NotFound
from storefront.gateways.email import RenderedEmail
from storefront.gateways.email_rendering import compose, templates
from storefront.services.accounts import recovery
from storefront.services.mail.order_context import picture_address
from storefront.services.mail.shop_details import shop_context
from storefront.services.subscriptions import overview
from storefront.settings import settings

__all__ = ["preview", "sample", "templates"]

PLAN_MINOR = 3_990_000
_PLAN_NAME = "FitAiid Premium mensual"
_NAMES = {
    "es": ("Proteína de suero 2 lb, vainilla", "Guía de movilidad en 15 minutos"),
    "en": ("Whey protein 2 lb, vanilla", "15-minute mobility guide"),
}
_PICTURES = {
    name: picture
    for names in _NAMES.values()
    for name, picture in zip(names, ("whey-protein-2lb", "guia-movilidad-15-minutos"), strict=True)
}
_PLAN_PICTURE = "fitaiid-premium-mensual"
_OF_A_REFUND = frozenset({"refund", "refund_failed"})


def preview(template: str, language: str) -> RenderedEmail:
    """Return a mail of the invented order; `NotFound` for a template that the shop does not have."""
    if template not in templates():
        raise NotFound(template=template)
    return compose(
        template,
        language,
        to="ana@example.com",
        sender=settings().MAIL_DEFAULT_SENDER,
        message_id="<preview@localhost>",
        context=sample(template, language),
    )


def sample(template: str, language: str) -> Mapping[str, Any]:
    """Return the context of all templates."""
    base, today = settings().BASE_URL, clock.day_of(clock.now())
    order = _order(template, language)
    return {
        "shop": shop_context(),
        "order": order,
        "plan": _plan(is_ending=template == "subscription_cancelled"),
        "plans_url": f"{base}/account/subscriptions",
        "again_url": f"{base}/products/fitaiid-premium-mensual",
        "next_try": (today + timedelta(days=3)).isoformat(),
        "is_first_charge": False,
        "coupon_code": "FIT10",
        "staff_url": f"{base}/staff/",
        "url": f"{base}/reset-password?token=ejemplo",
        "first_name": "Ana",
        "hours": recovery.hours_of(template),
        "role": "manager",
        "change": "new_device",
        "amount_minor": _refunded_minor(template, language) or order["total_minor"],
        "paid_in": "",
        "is_lost": False,
        "reason": "product_not_received",
        "number": f"{today:%Y-%m}-0042-R1",
        "goods": [{"name": order["lines"][0]["name"], "quantity": 1}],
        "requests": [f"{today:%Y-%m}-0042-R1"],
        "note": "El producto no llegó en los 15 días.",
        "due": (today + returns.REFUND_WITHIN).isoformat(),
        "is_guest": True,
        "items": [{"name": _NAMES[language][0], "sku": "WHEY-2LB-VAINILLA", "available": 3, "mark": 5}],
        "more": 0,
        "request_number": f"PQR-{today:%Y-%m}-0042",
        "answer_text": "Hola, Ana.\n\nCambiamos el producto: te llega el martes.",
        **_waiting(today, base),
        "name": _NAMES[language][0],
        "product_url": f"{base}/products/whey-protein-2lb",
        "alert_url": f"{base}/stock-alerts/ejemplo",
        "stock_url": f"{base}/staff/stock?show=low",
        "files": [
            {
                "name": "guia-movilidad-15-minutos.pdf",
                "format": "pdf",
                "size_bytes": 1_240_000,
                "downloads": 5,
                "until": (today + timedelta(days=365)).isoformat(),
            }
        ],
    }


def _waiting(today: date, base: str) -> dict[str, Any]:
    """Return what waits for an owner in the morning."""
    return {
        "to_prepare": 4,
        "late_orders": [f"{today:%Y-%m}-0041", f"{today:%Y-%m}-0042"],
        "held": 1,
        "owed": 1,
        "disputed": 1,
        "returns": 2,
        "overdue_requests": 1,
        "due_requests": 2,
        "overdue_data_requests": 1,
        "due_data_requests": 1,
        "low": 3,
        "failed_mails": 1,
        "failed_events": 1,
        "sold_minor": 184_970_000,
        "sold_orders": 9,
        "today_url": f"{base}/staff/",
        "switch_url": f"{base}/staff/security",
    }


def _quote(template: str, language: str) -> Quote:
    """Return the invented purchase, priced as any other: the plan's own, or goods and a file with a coupon."""
    if template.startswith("subscription_"):
        return quote([_item(_PLAN_NAME, 1, PLAN_MINOR)])
    whey, guide = _NAMES[language]
    goods = [_item(whey, 2, 12_990_000), replace(_item(guide, 1, 2_990_000), ships=False)]
    coupon = Discount(code="FIT10", kind=CouponKind.PERCENT, value=10)
    method = Method.PICKUP if template == "ready_for_pickup" else Method.STANDARD
    return quote(goods, discount=coupon, shipping_method=method)


def _item(name: str, quantity: int, price_minor: int) -> Item:
    return Item(
        product_id="",
        variant_id="",
        sku="NUT-001",
        options={},
        name=name,
        quantity=quantity,
        unit_price_minor=price_minor,
        tax_basis_points=1_900,
        ships=True,
    )


def _refunded_minor(template: str, language: str) -> int:
    """Return what was given back: one of the two units, for the emails about it."""
    if template not in _OF_A_REFUND:
        return 0
    line = _quote(template, language).lines[0]
    return (line.total_minor - line.discount_minor) // line.quantity


def _order(template: str, language: str) -> dict[str, Any]:
    priced, today = _quote(template, language), clock.day_of(clock.now())
    refunded_minor = _refunded_minor(template, language) if template == "refund" else 0
    is_picked_up = priced.shipping_method == Method.PICKUP
    return {
        "number": f"{today:%Y-%m}-0042",
        "url": f"{settings().BASE_URL}/account/orders/{today:%Y-%m}-0042?token=ejemplo",
        "reviews_url": f"{settings().BASE_URL}/account/orders/{today:%Y-%m}-0042/reviews?token=ejemplo",
        "stop_reviews_url": f"{settings().BASE_URL}/account/orders/{today:%Y-%m}-0042/reviews/stop?token=ejemplo",
        "email": "ana@example.com",
        "first_name": "Ana María",
        "lines": [
            {
                "name": line.name,
                "sku": line.sku,
                "image_url": picture_address(_PICTURES.get(line.name, _PLAN_PICTURE)),
                "quantity": line.quantity,
                "ships": line.quantity if line.name == _NAMES[language][0] else 0,
                "total_minor": line.total_minor,
                "refunded": 1 if refunded_minor and place == 0 else 0,
                "is_kept": True,
            }
            for place, line in enumerate(priced.lines)
        ],
        "subtotal_minor": priced.subtotal_minor,
        "discount_minor": priced.discount_minor,
        "shipping_minor": priced.shipping_minor,
        "tax_minor": priced.tax_minor,
        "total_minor": priced.total_minor,
        "card": None if template.startswith("payment_") else Card("visa", "4242"),
        "refunded_minor": refunded_minor,
        "coupon_code": priced.coupon_code,
        "shipping_method": priced.shipping_method,
        "address": {
            "first_name": "Ana María",
            "last_name": "Gómez Ruiz",
            "street": "" if is_picked_up else "Carrera 43A # 7-50, Apto 1203",
            "city": "" if is_picked_up else "Medellín",
            "department": "" if is_picked_up else "Antioquia",
            "zip_code": "",
            "phone": "+573001234567",
        },
        "notes": "Dejar en la portería.",
        "delivery_earliest": add_business_days(today, 2),
        "delivery_latest": add_business_days(today, 4),
        "is_on_time": True,
        "is_returnable": True,
        "placed_at": clock.now(),
        "period_start": clock.now(),
        "period_end": clock.now() + timedelta(days=30),
        "hold_until": clock.now() + (timedelta(days=7) if template == "payment_awaited" else timedelta(minutes=25)),
        "shipment": {
            "state": ShipmentState.DELIVERED,
            "carrier": "interrapidisimo",
            "tracking_number": "240012345678",
            "tracking_url": "https://interrapidisimo.com/sigue-tu-envio/?guia=240012345678",
            "parcels": [
                {
                    "carrier": "interrapidisimo",
                    "tracking_number": "240012345678",
                    "tracking_url": "https://interrapidisimo.com/sigue-tu-envio/?guia=240012345678",
                }
            ],
            "is_partial": False,
            "withdraw_until": returns.last_day(today),
        },
    }


def _plan(*, is_ending: bool) -> Any:
    next_charge = clock.now() + timedelta(days=30)
    return SimpleNamespace(
        name=_PLAN_NAME,
        status=PlanStatus.ACTIVE,
        price_minor=PLAN_MINOR,
        interval=BillingInterval.MONTH,
        current_period_end=next_charge,
        paid_until=next_charge,
        cancel_at_period_end=is_ending,
        trial_ends_at=None,
        ended_at=None,
        end_reason="",
        is_on_sale=True,
        card=overview.PaymentCard(brand="visa", last4="4242"),
    )
