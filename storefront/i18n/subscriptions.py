"""Labels of subscriptions: interval, status, card, next charge."""

from datetime import datetime
from typing import Protocol

from flask_babel import lazy_gettext as _l

from storefront.enums import BillingInterval, PlanStatus, PlanTab
from storefront.i18n.babel import current_language
from storefront.i18n.babel import translate as _
from storefront.i18n.dates import date_label
from storefront.money import format_money

_STATUS = {
    PlanStatus.TRIALING: (_l("En prueba"), "good"),
    PlanStatus.ACTIVE: (_l("Activo"), "good"),
    PlanStatus.PAST_DUE: (_l("Pago pendiente"), "bad"),
    PlanStatus.PAUSED: (_l("En pausa"), "waiting"),
    PlanStatus.CANCELLED: (_l("Terminado"), "neutral"),
}
_TABS = {
    PlanTab.ACTIVE: _l("Activos"),
    PlanTab.FAILING: _l("Con cobro fallido"),
    PlanTab.ENDING: _l("Por terminar"),
    PlanTab.ENDED: _l("Terminados"),
    PlanTab.ALL: _l("Todos"),
}
_BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "diners": "Diners Club"}


class HasTerms(Protocol):
    """The fields of a subscription that its page and emails show."""

    @property
    def status(self) -> PlanStatus: ...
    @property
    def price_minor(self) -> int: ...
    @property
    def interval(self) -> BillingInterval: ...
    @property
    def current_period_end(self) -> datetime: ...
    @property
    def paid_until(self) -> datetime: ...
    @property
    def cancel_at_period_end(self) -> bool: ...
    @property
    def trial_ends_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def end_reason(self) -> str: ...


def plan_status_label(status: PlanStatus) -> str:
    """Return the label of a plan's status."""
    return str(_STATUS[status][0])


def plan_tone(status: PlanStatus) -> str:
    """Return the colour of a plan's badge."""
    return _STATUS[status][1]


def price_label(amount_minor: int, interval: BillingInterval) -> str:
    """Return a price with how often it is charged: ``$ 39.900 al mes``."""
    amount = format_money(amount_minor, current_language())
    if interval == BillingInterval.YEAR:
        return _("%(amount)s al año", amount=amount)
    return _("%(amount)s al mes", amount=amount)


def trial_label(days: int, amount_minor: int, interval: BillingInterval) -> str:
    """Return the label of a plan's trial and of the price that follows."""
    price = price_label(amount_minor, interval)
    return _("%(days)s días de prueba sin costo; luego %(price)s.", days=days, price=price)


def next_charge_label(plan: HasTerms) -> str:
    """Return what happens next with a plan, and when."""
    if plan.ended_at is not None:
        ended = date_label(plan.ended_at, "full")
        if is_ended_by_charge(plan):
            return _("Terminó el %(day)s porque no pudimos cobrarlo.", day=ended)
        return _("Terminó el %(day)s.", day=ended)
    day = date_label(plan.current_period_end, "full")
    if plan.status == PlanStatus.PAST_DUE:
        return _("El último cobro no pasó.") + " " + paid_label(plan)
    if plan.status == PlanStatus.PAUSED:
        return _("No se cobra mientras esté en pausa.") + " " + paid_label(plan)
    if plan.cancel_at_period_end:
        return _("Sigue activo hasta el %(day)s y después no se cobra más.", day=day)
    amount = format_money(plan.price_minor, current_language())
    if plan.status == PlanStatus.TRIALING:
        return _("Primer cobro: %(amount)s el %(day)s.", amount=amount, day=day)
    return _("Próximo cobro: %(amount)s el %(day)s.", amount=amount, day=day)


def plan_outlook_label(plan: HasTerms, *, must_end: bool) -> str:
    """Return for staff what happens next with a plan, and when; `must_end`: Stripe has still to be told of its end."""
    paid = _("Pagado hasta el %(day)s.", day=date_label(plan.paid_until, "full"))
    if must_end:
        return _("Terminado aquí; falta que Stripe lo confirme.")
    if plan.ended_at is not None:
        ended = date_label(plan.ended_at, "full")
        if is_ended_by_charge(plan):
            return _("Terminó el %(day)s porque no se pudo cobrar.", day=ended)
        return _("Terminó el %(day)s.", day=ended)
    if plan.status == PlanStatus.PAST_DUE:
        return _("El último cobro no pasó.") + " " + paid
    if plan.status == PlanStatus.PAUSED:
        return _("No se cobra mientras esté en pausa.") + " " + paid
    if plan.cancel_at_period_end:
        return _("Termina el %(day)s y después no se cobra más.", day=date_label(plan.current_period_end, "full"))
    return next_charge_label(plan)


def plan_tab_label(tab: PlanTab) -> str:
    """Return the name of a tab of the staff's list of plans."""
    return str(_TABS[tab])


def paid_label(plan: HasTerms) -> str:
    """Return until when a plan is paid, or was tried where nothing was paid yet."""
    day = date_label(plan.paid_until, "full")
    if plan.trial_ends_at is not None and plan.paid_until <= plan.trial_ends_at:
        return _("La prueba fue hasta el %(day)s.", day=day)
    return _("Lo que pagaste va hasta el %(day)s.", day=day)


def is_ended_by_charge(plan: HasTerms) -> bool:
    """Return whether a plan ended because its charges failed, and not because somebody wanted that."""
    return plan.end_reason == "payment_failed"


def card_label(brand: str, last4: str) -> str:
    """Return a card as its owner knows it."""
    return _("%(brand)s terminada en %(last4)s", brand=_BRANDS.get(brand, brand.title()), last4=last4)
