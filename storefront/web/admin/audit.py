"""The audit in the back office: who changed what, when, with what was so before and after."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import render_template, request, url_for

from storefront.enums import AuditAction
from storefront.i18n import field_message
from storefront.services import audit
from storefront.services.admin.permissions import Permission
from storefront.text import clean
from storefront.web.admin import bp
from storefront.web.admin.access import requires
from storefront.web.admin.days import day_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Place = tuple[datetime, int]


@bp.get("/audit")
@requires(Permission.AUDIT)
def audit_list() -> tuple[str, int]:
    """List the entries, newest first, filtered by the query string."""
    given = {name: clean(request.args.get(name, ""))[:255] for name in ("actor", "action", "object", "first", "last")}
    given["actor"] = given["actor"].lower() if "@" in given["actor"] else given["actor"]
    if given["action"] not in list(AuditAction):
        given["action"] = ""
    days, problems = {}, {}
    for name in ("first", "last"):
        try:
            days[name] = day_of(given[name])
        except ValueError:
            problems[name] = field_message("invalid", "day")
    filters = audit.Filters(
        actor=given["actor"],
        action=AuditAction(given["action"]) if given["action"] else None,
        object_id=given["object"],
        first_day=days.get("first"),
        last_day=days.get("last"),
    )
    entries = audit.latest(filters, after=_place(request.args.get("before", "")))
    page = render_template(
        "staff/audit.html",
        entries=entries.items,
        given=given,
        actions=tuple(AuditAction),
        problems=problems,
        older=_link(given, entries.next) if entries.next else "",
        is_first=not request.args.get("before"),
    )
    return page, 422 if problems else 200


def _link(given: dict[str, str], place: Place) -> str:
    """Return the address of the entries that follow a place, with the same filters."""
    moment, entry_id = place
    wanted = {name: text for name, text in given.items() if text}
    wanted["before"] = f"{(moment - _EPOCH) // _MICROSECOND}-{entry_id}"
    return f"{url_for('.audit_list')}?{urlencode(wanted)}"


def _place(text: str) -> Place | None:
    """Return the place that a link of `_link` names; nonsense is the beginning."""
    moment, _, entry_id = text[:40].partition("-")
    if not (moment.isascii() and moment.isdigit() and entry_id.isascii() and entry_id.isdigit()):
        return None
    try:
        return _EPOCH + int(moment) * _MICROSECOND, min(int(entry_id), 2**31 - 1)
    except OverflowError:
        return None
