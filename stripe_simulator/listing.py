"""Pages of lists, newest first, with Stripe's cursors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import no_such
from .records import Json, Record, UnitOfWork

COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page(
    work: UnitOfWork,
    kind: str,
    url: str,
    params: Json,
    where: list[str] | None = None,
    values: list[Any] | None = None,
    show: Callable[[Record], Json] | None = None,
) -> Json:
    """Return one page of the objects of a kind that meet the conditions."""
    conditions, arguments = list(where or []), list(values or [])
    for name, moment in params.get("created", {}).items():
        conditions.append(f"created {COMPARISONS[name]} ?")
        arguments.append(moment)
    conditions.append(_cursor(work, kind, params, arguments))
    limit = params.get("limit", 10)
    backwards = "ending_before" in params
    rows = work.select(kind, " AND ".join(conditions), arguments, limit + 1, oldest_first=backwards)
    chosen = rows[:limit][::-1] if backwards else rows[:limit]
    data = [show(record) if show else record.body for record in chosen]
    return {"object": "list", "data": data, "has_more": len(rows) > limit, "url": url}


def equal(params: Json, **paths: str) -> tuple[list[str], list[Any]]:
    """Return the conditions for filters that compare a member of the object, such as payment_intent."""
    given = [name for name in paths if name in params]
    return [f"json_extract(body, '$.{paths[name]}') = ?" for name in given], [params[name] for name in given]


def page_of_list(items: list[Json], kind: str, url: str, params: Json) -> Json:
    """Return one page of a list that is held in memory, in its own order."""
    start, end = 0, len(items)
    ids = [item["id"] for item in items]
    for name in ("starting_after", "ending_before"):
        if name in params and params[name] not in ids:
            raise no_such(kind, params[name], name)
    limit = params.get("limit", 10)
    if "starting_after" in params:
        start = ids.index(params["starting_after"]) + 1
    if "ending_before" in params:
        end = ids.index(params["ending_before"])
        more, start = end > limit, max(0, end - limit)
    else:
        more, end = end - start > limit, min(end, start + limit)
    return {"object": "list", "data": items[start:end], "has_more": more, "url": url}


def _cursor(work: UnitOfWork, kind: str, params: Json, arguments: list[Any]) -> str:
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if name in params:
            work.get(kind, params[name], name)
            arguments.append(params[name])
            # The sign is one of the two above.
            return f"seq {sign} (SELECT seq FROM objects WHERE id = ?)"  # nosec B608
    return "1"
