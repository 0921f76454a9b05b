"""The list of plans that staff see: by what comes next, and by e-mail, name or Stripe's id."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from storefront.database import db
from storefront.domain.customer import Customer
from storefront.domain.subscription import Subscription
from storefront.enums import PlanStatus, PlanTab
from storefront.services.catalogue import Page
from storefront.text import fold

_LIMIT = 50
_MAX_TEXT, _MAX_WORDS = 100, 6
_ACCENTS = dict(zip("ÁÉÍÓÚÜÑáéíóúüñ", "aeiouunaeiouun", strict=True))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What staff look for; an empty text does not filter."""

    tab: PlanTab = PlanTab.ALL
    text: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A plan in the list, with whose it is."""

    plan: Subscription
    owner: Customer


def find(wanted: Wanted) -> Page[Row]:
    """Return one page of the plans that match, the newest first, in two statements."""
    conditions = [Subscription.is_surplus.is_(False), *_TABS[wanted.tab]]
    if wanted.text.strip():
        conditions.append(_finds(wanted.text.strip()[:_MAX_TEXT]))
    statement = (
        select(Subscription, Customer).join(Customer, Customer.id == Subscription.customer_id).where(*conditions)
    )
    total = db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    rows = db.session.execute(
        statement.options(joinedload(Subscription.product))
        .order_by(Subscription.order_id.desc(), Subscription.id.desc())
        .limit(_LIMIT)
        .offset((wanted.page - 1) * _LIMIT)
    ).unique()
    return Page([Row(plan, owner) for plan, owner in rows], wanted.page, _LIMIT, total)


_RUNS = Subscription.ended_at.is_(None)
_FAILS = Subscription.status == PlanStatus.PAST_DUE
_ENDS = or_(Subscription.cancel_at_period_end.is_(True), Subscription.must_end.is_(True))
_TABS: dict[PlanTab, Sequence[ColumnElement[bool]]] = {
    PlanTab.ACTIVE: (_RUNS, ~_FAILS, ~_ENDS),
    PlanTab.FAILING: (_RUNS, _FAILS, ~_ENDS),
    PlanTab.ENDING: (_RUNS, _ENDS),
    PlanTab.ENDED: (~_RUNS,),
    PlanTab.ALL: (),
}


def _finds(typed: str) -> ColumnElement[bool]:
    """Return the condition that a text finds a plan: Stripe's id, part of the e-mail, or words of the name."""
    if typed.startswith("sub_"):
        return Subscription.provider_id == typed
    ways: list[ColumnElement[bool]] = [Customer.email.contains(typed.lower(), autoescape=True)]
    if words := fold(typed).split()[:_MAX_WORDS]:
        name = _folded(Customer.first_name + " " + Customer.last_name)
        ways.append(reduce(lambda one, other: one & other, (name.contains(word, autoescape=True) for word in words)))
    return or_(*ways)


def _folded(text: ColumnElement[str]) -> ColumnElement[str]:
    """Return a name as `fold` returns it, in both databases: SQLite's `lower` leaves accents as they are."""
    bare = reduce(lambda column, pair: func.replace(column, *pair), _ACCENTS.items(), text)
    return func.lower(bare)
