"""Labels of the back office for coupons."""

from flask_babel import lazy_gettext as _l

from storefront.enums import CouponKind, CouponStatus
from storefront.i18n.babel import current_language
from storefront.i18n.babel import translate as _
from storefront.money import format_money

_KINDS = {
    CouponKind.PERCENT: _l("Porcentaje"),
    CouponKind.FIXED: _l("Valor fijo en pesos"),
    CouponKind.FREE_SHIPPING: _l("Envío estándar gratis"),
}
_STATUSES = {
    CouponStatus.ACTIVE: (_l("Activo"), "good"),
    CouponStatus.SCHEDULED: (_l("Programado"), "waiting"),
    CouponStatus.EXPIRED: (_l("Vencido"), "neutral"),
    CouponStatus.USED_UP: (_l("Agotado"), "neutral"),
    CouponStatus.OFF: (_l("Desactivado"), "bad"),
}


def coupon_kind_label(kind: CouponKind) -> str:
    """Return the name of a kind of coupon."""
    return str(_KINDS[kind])


def coupon_status_label(status: CouponStatus) -> str:
    """Return the name of a coupon's status."""
    return str(_STATUSES[status][0])


def coupon_status_tone(status: CouponStatus) -> str:
    """Return the colour of a coupon's status."""
    return _STATUSES[status][1]


def coupon_worth_label(kind: CouponKind, value: int, cap_minor: int | None) -> str:
    """Return what a coupon takes off, such as ``10 %, hasta $ 30.000``."""
    if kind == CouponKind.FREE_SHIPPING:
        return coupon_kind_label(kind)
    language = current_language()
    if kind == CouponKind.FIXED:
        return format_money(value, language)
    if cap_minor is None:
        return _("%(percent)s %%", percent=value)
    return _("%(percent)s %%, hasta %(amount)s", percent=value, amount=format_money(cap_minor, language))
