"""The figures as tables in words, each for its page, its chart and its file."""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront.enums import FigureTable, FunnelStep
from storefront.i18n import current_language, date_label, figure_title
from storefront.i18n import translate as _
from storefront.money import comma_text, format_money
from storefront.services.figures import funnel, sales
from storefront.services.figures.periods import Span
from storefront.services.figures.sales import DaySales, Group, Groups
from storefront.spreadsheets import BEGINNING, Number, lines_of
from storefront.web.admin import charts
from storefront.web.admin.charts import Chart

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers, which are amounts of money or not."""

    name: str
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its name and its numbers, None where there is none; `code` is the name in a file, if it is another."""

    name: str
    numbers: tuple[int | None, ...]
    code: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the figures; `foot` are its sums."""

    key: FigureTable
    heading: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    foot: Row | None
    chart: Chart | None
    note: str = ""

    @property
    def title(self) -> str:
        """Return its title."""
        return figure_title(self.key)

    def cells(self, row: Row) -> list[str]:
        """Return the numbers of a row in words."""
        pairs = zip(self.columns, row.numbers, strict=True)
        return [_words(number, column.is_money) for column, number in pairs]

    def to_csv(self) -> str:
        """Return it as a file for a spreadsheet; sums are left to the spreadsheet."""
        lines = [[self.heading, *(column.name for column in self.columns)]]
        for row in self.rows:
            pairs = zip(self.columns, row.numbers, strict=True)
            lines.append([row.code or row.name, *(_cell(number, column.is_money) for column, number in pairs)])
        return BEGINNING + lines_of(lines)


def table_of(key: FigureTable, span: Span) -> Table:
    """Return one table with all of its rows."""
    if key == FigureTable.FUNNEL:
        return of_funnel(funnel.funnel(span))
    days = sales.by_day(span)
    return of_days(days) if key == FigureTable.DAYS else of_groups(key, span, days, sales.MOST_ROWS)


def of_days(days: Sequence[DaySales]) -> Table:
    """Return the sales by day."""
    total = sales.total(days)
    rows = [Row(date_label(one.day), _numbers(one.sales), one.day.isoformat()) for one in days]
    values = [(date_label(one.day), one.sales.net_minor, _money(one.sales.net_minor)) for one in days]
    best = max(days, key=lambda one: one.sales.net_minor)
    summary = _(
        "El mejor día fue el %(day)s, con %(amount)s.", day=date_label(best.day), amount=_money(best.sales.net_minor)
    )
    columns = (
        Column(_("Pedidos")), Column(_("Pagado"), True), Column(_("Devuelto"), True), Column(_("Ventas netas"), True),
    )  # fmt: skip
    return Table(
        FigureTable.DAYS, _("Día"), columns, rows, Row(_("Total"), _numbers(total)), charts.by_day(values, summary),
        note=_("Lo devuelto se resta del día en que se pagó el pedido."),
    )  # fmt: skip


def of_groups(key: FigureTable, span: Span, days: Sequence[DaySales], limit: int = MOST_SHOWN) -> Table:
    """Return the sales by product, category, coupon or city, whose sum is that of the days."""
    read = {
        FigureTable.PRODUCTS: sales.by_product,
        FigureTable.CATEGORIES: sales.by_category,
        FigureTable.COUPONS: sales.by_coupon,
        FigureTable.CITIES: sales.by_city,
    }
    heading, nameless, note = _headings(key)
    found, total = read[key](span, limit), sales.total(days)
    has_units, has_discount = (key in (FigureTable.PRODUCTS, FigureTable.CATEGORIES)), key == FigureTable.COUPONS
    columns = [Column(_("Pedidos"))]
    columns += [Column(_("Unidades"))] if has_units else []
    columns += [Column(_("Descuento"), True)] if has_discount else []
    columns.append(Column(_("Ventas netas"), True))
    named = [(_name(one, nameless), one) for one in found.items]
    rows = [Row(name, _group_numbers(one, has_units, has_discount)) for name, one in named]
    rows += _rest(found, total.net_minor, len(columns))
    foot = Row(_("Total"), (total.orders, *[None] * (len(columns) - 2), total.net_minor))
    values = [(name, one.net_minor, _money(one.net_minor)) for name, one in named]
    first = values[0] if values else ("", 0, "")
    summary = _("Lo que más vendió: %(name)s, con %(amount)s.", name=first[0], amount=first[2])
    return Table(key, heading, tuple(columns), rows, foot if rows else None, charts.by_name(values, summary), note)


def of_funnel(found: funnel.Funnel) -> Table:
    """Return the steps from the product to the payment, each with its share of the first."""
    names = {
        FunnelStep.PRODUCT: _("Abrieron un producto"),
        FunnelStep.CART: _("Abrieron el carrito"),
        FunnelStep.ADDRESS: _("Llegaron a la entrega"),
    }
    steps = [(names[step], found.openings[step]) for step in FunnelStep]
    steps += [(_("Llegaron a la página de pago"), found.placed), (_("Pagaron"), found.paid)]
    first = steps[0][1]
    rows = [Row(name, (number, 100 * number // first if first else None)) for name, number in steps]
    summary = _("De %(opened)s productos abiertos salieron %(paid)s pedidos pagados.", opened=first, paid=found.paid)
    chart = charts.by_name([(name, number, str(number)) for name, number in steps], summary)
    return Table(
        FigureTable.FUNNEL, _("Paso"), (Column(_("Veces")), Column(_("De cada 100 productos abiertos"))), rows, None,
        chart, note=_(
            "Los tres primeros pasos cuentan páginas abiertas, no personas: no usamos cookies de terceros ni guardamos "
            "quién las abrió. Robots y equipo no cuentan. Los dos últimos son pedidos, también los de la aplicación."
        ),
    )  # fmt: skip


def _headings(key: FigureTable) -> tuple[str, str, str]:
    """Return what the groups are, what those without a name are called, and a note."""
    of_goods = _("El envío y lo devuelto sin decir de qué producto van en la última fila.")
    headings = {
        FigureTable.PRODUCTS: (_("Producto"), _("Sin producto"), of_goods),
        FigureTable.CATEGORIES: (_("Categoría"), _("Sin categoría"), of_goods),
        FigureTable.COUPONS: (_("Cupón"), _("Sin cupón"), ""),
        FigureTable.CITIES: (_("Ciudad"), _("Sin envío"), ""),
    }
    return headings[key]


def _name(one: Group, nameless: str) -> str:
    return (one.names[current_language() == "en"] if one.key is not None else "") or nameless


def _numbers(one: sales.Sales) -> tuple[int, ...]:
    return one.orders, one.paid_minor, one.refunded_minor, one.net_minor


def _group_numbers(one: Group, has_units: bool, has_discount: bool) -> tuple[int | None, ...]:
    more = ((one.units,) if has_units else ()) + ((one.discount_minor,) if has_discount else ())
    return one.orders, *more, one.net_minor


def _rest(found: Groups, net_minor: int, columns: int) -> list[Row]:
    """Return the rows that make the sum right: groups that are not shown, and money that is of none."""
    rows, nothing = [], (None,) * (columns - 1)
    if found.others:
        rows.append(Row(_("Otros (%(num)s)", num=found.others), (*nothing, found.others_minor)))
    rest = net_minor - found.others_minor - sum(one.net_minor for one in found.items)
    if rest:
        rows.append(Row(_("Envíos y ajustes"), (*nothing, rest)))
    return rows


def _money(amount_minor: int) -> str:
    return format_money(amount_minor, current_language())


def _words(number: int | None, is_money: bool) -> str:
    if number is None:
        return "–"
    return _money(number) if is_money else str(number)


def _cell(number: int | None, is_money: bool) -> Number:
    if number is None:
        return Number("")
    return Number(comma_text(number) if is_money else number)
