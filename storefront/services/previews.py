"""Every mail as it would look, written from one invented order, for whoever words or styles mails."""

from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from storefront import clock
from storefront.domain import withdrawal
from storefront.domain.shipping.calendar import add_business_days
from storefront.errors import NotFound
from storefront.gateways.letters import compose, templates
from storefront.gateways.mail import Letter
from storefront.services import mailroom, plan_views, recovery
from storefront.settings import settings

__all__ = ["preview", "templates"]


def preview(template: str, language: str) -> Letter:
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
    """Return what any template can ask for."""
    base, today = settings().BASE_URL, clock.day_of(clock.now())
    return {
        "shop": mailroom.shop_context(),
        "order": _order(is_picked_up=template == "ready_for_pickup", language=language),
        "plan": _plan(is_ending=template == "subscription_cancelled"),
        "plans_url": f"{base}/account/subscriptions",
        "again_url": f"{base}/products/fitaiid-premium-mensual",
        "next_try": (today + timedelta(days=3)).isoformat(),
        "is_first_charge": False,
        "staff_url": f"{base}/staff/",
        "url": f"{base}/reset-password?token=ejemplo",
        "first_name": "Ana",
        "hours": recovery.hours_of(template),
        "role": "manager",
        "amount_minor": 12_990_000,
        "paid_in": "",
        "reason": "product_not_received",
        "number": f"{today:%Y-%m}-0042-R1",
        "goods": [{"name": "Kettlebell 16 kg", "quantity": 1}],
        "requests": [f"{today:%Y-%m}-0042-R1"],
        "note": "El producto no llegó en los 15 días.",
        "due": (today + withdrawal.REFUND_WITHIN).isoformat(),
        "is_guest": True,
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


def _order(*, is_picked_up: bool, language: str) -> dict[str, Any]:
    names = {
        "es": ("Proteína de suero 2 lb, vainilla", "Guía de movilidad en 15 minutos"),
        "en": ("Whey protein 2 lb, vanilla", "Mobility guide in 15 minutes"),
    }[language]
    today = clock.day_of(clock.now())
    return {
        "number": f"{today:%Y-%m}-0042",
        "url": f"{settings().BASE_URL}/account/orders/{today:%Y-%m}-0042?token=ejemplo",
        "email": "ana@example.com",
        "first_name": "Ana María",
        "lines": [
            {"name": names[0], "quantity": 2, "total_minor": 25_980_000, "refunded": 1},
            {"name": names[1], "quantity": 1, "total_minor": 2_990_000, "refunded": 0},
        ],
        "subtotal_minor": 28_970_000,
        "discount_minor": 2_897_000,
        "shipping_minor": 0,
        "tax_minor": 4_162_824,
        "total_minor": 26_073_000,
        "refunded_minor": 12_990_000,
        "coupon_code": "FIT10",
        "shipping_method": "pickup" if is_picked_up else "standard",
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
        "placed_at": clock.now(),
        "period_start": clock.now(),
        "period_end": clock.now() + timedelta(days=30),
        "hold_until": clock.now() + timedelta(minutes=25),
        "shipment": {
            "state": "delivered",
            "carrier": "interrapidisimo",
            "guide": "240012345678",
            "tracking_url": "https://interrapidisimo.com/sigue-tu-envio/?guia=240012345678",
            "withdraw_until": withdrawal.last_day(today),
        },
    }


def _plan(*, is_ending: bool) -> Any:
    next_charge = clock.now() + timedelta(days=30)
    return SimpleNamespace(
        name="FitAiid Premium mensual",
        status="active",
        price_minor=3_990_000,
        interval="month",
        current_period_end=next_charge,
        paid_until=next_charge,
        cancel_at_period_end=is_ending,
        trial_ends_at=None,
        ended_at=None,
        end_reason="",
        is_on_sale=True,
        card=plan_views.Card(brand="visa", last4="4242"),
    )
