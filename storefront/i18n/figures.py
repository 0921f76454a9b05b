"""Labels of the figures in the back office."""

from datetime import date

from flask_babel import lazy_gettext as _l

from storefront.enums import FigurePeriod, FigureTable
from storefront.i18n.babel import translate as _
from storefront.i18n.dates import date_label

_PERIODS = {
    FigurePeriod.SEVEN_DAYS: _l("7 días"),
    FigurePeriod.THIRTY_DAYS: _l("30 días"),
    FigurePeriod.NINETY_DAYS: _l("90 días"),
    FigurePeriod.THIS_MONTH: _l("Este mes"),
    FigurePeriod.LAST_MONTH: _l("Mes pasado"),
    FigurePeriod.OWN: _l("Otras fechas"),
}
_TITLES = {
    FigureTable.DAYS: _l("Ventas por día"),
    FigureTable.PRODUCTS: _l("Ventas por producto"),
    FigureTable.CATEGORIES: _l("Ventas por categoría"),
    FigureTable.COUPONS: _l("Ventas por cupón"),
    FigureTable.CITIES: _l("Ventas por ciudad"),
    FigureTable.FUNNEL: _l("Del producto al pago"),
}


def period_label(period: FigurePeriod) -> str:
    """Return the name of a period."""
    return str(_PERIODS[period])


def figure_title(table: FigureTable) -> str:
    """Return the title of a table."""
    return str(_TITLES[table])


def span_label(first: date, last: date) -> str:
    """Return the days that figures are about in words."""
    if first == last:
        return _("del día %(day)s", day=date_label(first, "full"))
    return _("del %(first)s al %(last)s", first=date_label(first, "full"), last=date_label(last, "full"))
