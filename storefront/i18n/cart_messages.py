"""Messages about changes in the cart since the shopper last saw it."""

from collections.abc import Callable, Mapping
from typing import Any

from storefront.errors import CouponRejected
from storefront.i18n.babel import current_language
from storefront.i18n.babel import translate as _
from storefront.i18n.babel import translate_number as _n
from storefront.i18n.error_messages import explain
from storefront.money import format_money

Facts = Mapping[str, Any]


def notice_label(code: str, facts: Facts) -> str:
    """Return the message for a notice of the cart; a `name_en` of its facts is the name for English readers."""
    if "name_en" in facts and current_language() == "en":
        facts = {**facts, "name": facts["name_en"]}
    return _SENTENCES.get(code, _something)(facts)


def _price_changed(facts: Facts) -> str:
    language = current_language()
    old, new = format_money(facts["old_minor"], language), format_money(facts["new_minor"], language)
    return _("%(name)s cambió de precio: antes %(old)s, ahora %(new)s.", name=facts["name"], old=old, new=new)


def _out_of_stock(facts: Facts) -> str:
    name, available = facts["name"], facts.get("available", 0)
    if available <= 0:
        return _("%(name)s se agotó; quítalo para seguir.", name=name)
    return _n(
        "De %(name)s solo queda %(num)s unidad.", "De %(name)s solo quedan %(num)s unidades.", available, name=name
    )


def _merged(facts: Facts) -> str:
    return _n(
        "Sumamos a tu carrito %(num)s producto que habías elegido antes de entrar.",
        "Sumamos a tu carrito %(num)s productos que habías elegido antes de entrar.",
        facts.get("count", 1),
    )


def _capped(facts: Facts) -> str:
    name, quantity = facts["name"], facts["quantity"]
    return _("Solo quedan %(quantity)s de %(name)s; ajustamos tu carrito.", name=name, quantity=quantity)


def _not_merged(facts: Facts) -> str:
    return _("%(name)s no cupo en tu carrito; agrégalo de nuevo si lo quieres.", name=facts["name"])


def _coupon_dropped(facts: Facts) -> str:
    reason = explain(CouponRejected(facts.get("reason", "coupon_invalid")))
    return _("Quitamos el cupón %(code)s. %(reason)s", code=facts.get("code", ""), reason=reason)


def _again_fewer(facts: Facts) -> str:
    return _n(
        "De %(name)s solo pudimos agregar %(num)s unidad: no hay más.",
        "De %(name)s solo pudimos agregar %(num)s unidades: no hay más.",
        facts["quantity"],
        name=facts["name"],
    )


def _something(_facts: Facts) -> str:
    return _("Algo cambió en tu carrito; revísalo antes de pagar.")


_SENTENCES: Mapping[str, Callable[[Facts], str]] = {
    "not_merged": _not_merged,
    "price_changed": _price_changed,
    "out_of_stock": _out_of_stock,
    "product_unavailable": lambda facts: _("%(name)s ya no está a la venta; quítalo para seguir.", name=facts["name"]),
    "one_plan": lambda facts: _("Compra un plan a la vez: deja uno en el carrito."),
    "trial_unconfirmed": lambda facts: _(
        "Para probar %(name)s gratis durante %(days)s días, confirma primero tu correo: el enlace está en el mensaje "
        "que te enviamos.",
        name=facts["name"],
        days=facts["days"],
    ),
    "cart_merged": _merged,
    "merged": _merged,
    "quantity_capped": _capped,
    "again_fewer": _again_fewer,
    "again_gone": lambda facts: _("%(name)s ya no está a la venta.", name=facts["name"]),
    "again_sold_out": lambda facts: _("%(name)s está agotado.", name=facts["name"]),
    "again_all_inside": lambda facts: _("De %(name)s ya tienes en el carrito todo lo que hay.", name=facts["name"]),
    "again_subscribed": lambda facts: _("Ya tienes %(name)s. Lo ves en Mis planes.", name=facts["name"]),
    "coupon_dropped": _coupon_dropped,
    "coupon_changed": lambda facts: _("El cupón %(code)s cambió: revisa cuánto descuenta ahora.", code=facts["code"]),
}
