"""Labels for the right of withdrawal and the state of return requests."""

from datetime import date
from typing import Protocol

from flask_babel import lazy_gettext as _l

from storefront.enums import ReturnRequestState, RightState, WithdrawalExclusion
from storefront.i18n.babel import translate as _
from storefront.i18n.dates import date_label

_WHY_NOT = {
    RightState.NONE_LEFT: _l("Ya pediste la devolución de todas las unidades."),
    RightState.STARTED: _l("No admite retracto: pediste acceso inmediato."),
    RightState.PERSONAL_USE: _l("No admite retracto: es un producto de uso personal."),
    RightState.PERISHABLE: _l("No admite retracto: se daña o vence pronto."),
    RightState.CUSTOM_MADE: _l("No admite retracto: se hizo a tu medida."),
}
_STATES = {
    ReturnRequestState.OPEN: _l("Solicitada: esperamos el producto"),
    ReturnRequestState.REFUNDED: _l("Reembolso hecho"),
    ReturnRequestState.CLOSED: _l("Cerrada sin reembolso"),
}


class HasRight(Protocol):
    """The right to return an order line."""

    @property
    def state(self) -> RightState: ...
    @property
    def until(self) -> date | None: ...
    @property
    def since(self) -> date | None: ...
    @property
    def is_unconfirmed(self) -> bool: ...


def return_label(right: HasRight) -> str:
    """Return until when a line can be returned, or why it cannot."""
    if right.state == RightState.OPEN and right.until:
        return _("Puedes devolverlo hasta el %(day)s.", day=date_label(right.until)) + _counted(right)
    if right.state == RightState.EARLY and right.is_unconfirmed:
        return _("Nadie nos ha confirmado que llegó: contamos como si no lo tuvieras, y ya puedes pedir la devolución.")
    if right.state == RightState.EARLY:
        return _("El plazo para devolverlo no ha empezado: son 5 días hábiles desde que lo recibas.")
    if right.state == RightState.OVER and right.until:
        return _("El plazo para devolverlo terminó el %(day)s.", day=date_label(right.until)) + _counted(right)
    return str(_WHY_NOT[right.state])


def _counted(right: HasRight) -> str:
    """Return the day from which the period is counted, if it is known."""
    if right.since is None:
        return ""
    return " " + _("Contamos 5 días hábiles desde el %(day)s.", day=date_label(right.since))


def exception_label(exception: WithdrawalExclusion) -> str:
    """Return why nobody can withdraw from the purchase of a product."""
    return str(_WHY_NOT[RightState(exception)])


def return_state_label(state: ReturnRequestState) -> str:
    """Return the label of a return request's state."""
    return str(_STATES[state])
