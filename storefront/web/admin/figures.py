"""Figures: what was sold in some days, as tables, charts and files."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response as FlaskResponse
from flask import render_template, request

from storefront import clock
from storefront.enums import FigurePeriod, FigureTable
from storefront.errors import InvalidInput, NotFound
from storefront.i18n import field_message
from storefront.services.admin.permissions import Permission
from storefront.services.figures import funnel, sales
from storefront.services.figures.periods import Span, own_span, span_of
from storefront.web.admin import bp
from storefront.web.admin.access import requires
from storefront.web.admin.days import day_of
from storefront.web.admin.figure_tables import of_days, of_funnel, of_groups, table_of

_GROUPS = (FigureTable.PRODUCTS, FigureTable.CATEGORIES, FigureTable.COUPONS, FigureTable.CITIES)


@dataclass(frozen=True, slots=True)
class Choice:
    """The days that somebody chose; what is wrong with them is in `problems`, and then `span` is the usual one."""

    period: FigurePeriod
    span: Span
    given: Mapping[str, str]
    problems: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        """Return what leads to the same days again."""
        if self.period != FigurePeriod.OWN:
            return {"period": self.period}
        return {"period": self.period, "first": self.span.first.isoformat(), "last": self.span.last.isoformat()}


def chosen(query: Mapping[str, str]) -> Choice:
    """Return the days that a query string or a form names; thirty where it names none."""
    given = {name: query.get(name, "").strip()[:20] for name in ("first", "last")}
    name, today = query.get("period", ""), clock.day_of(clock.now())
    period = FigurePeriod(name) if name in list(FigurePeriod) else FigurePeriod.THIRTY_DAYS
    if period != FigurePeriod.OWN:
        return Choice(period, span_of(period, today), {"first": "", "last": ""}, {})
    days, problems = {}, {}
    for field, text in given.items():
        try:
            days[field] = day_of(text)
        except ValueError:
            problems[field] = "invalid"
    if not problems:
        try:
            return Choice(period, own_span(days["first"], days["last"]), given, {})
        except InvalidInput as refusal:
            problems = dict(refusal.problems)
    messages = {field: field_message(code, "day") for field, code in problems.items()}
    return Choice(period, span_of(FigurePeriod.THIRTY_DAYS, today), given, messages)


@bp.get("/figures")
@requires(Permission.FIGURES)
def figures() -> tuple[str, int]:
    """Show the figures of some days, one statement for each box."""
    return figures_page(chosen(request.args))


@bp.get("/figures/<table>.csv")
@requires(Permission.FIGURES)
def figures_file(table: str) -> FlaskResponse | tuple[str, int]:
    """Send one table of the figures as a file."""
    if table not in list(FigureTable):
        raise NotFound(table=table)
    choice = chosen(request.args)
    if choice.problems:
        return figures_page(choice)
    page = FlaskResponse(table_of(FigureTable(table), choice.span).to_csv(), mimetype="text/csv")
    name = f"{table}-{choice.span.first}-{choice.span.last}.csv"
    page.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return page


def figures_page(choice: Choice) -> tuple[str, int]:
    """Return the page of the figures of some days, with what is wrong with them."""
    days = sales.by_day(choice.span)
    shown = render_template(
        "staff/figures.html",
        choice=choice,
        periods=tuple(period for period in FigurePeriod if period != FigurePeriod.OWN),
        problems=choice.problems,
        total=sales.total(days),
        buyers=sales.buyers(choice.span),
        tables=[
            of_days(days),
            *(of_groups(key, choice.span, days) for key in _GROUPS),
            of_funnel(funnel.funnel(choice.span)),
        ],
    )
    return shown, 422 if choice.problems else 200
