"""The day of a moment in Colombia, as the database computes it for a statement that groups by days."""

from typing import Any

from sqlalchemy import Date
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class colombian_day(GenericFunction[Any]):
    """The day of a column of moments; as in `storefront.clock.day_of`."""

    type = Date()
    inherit_cache = True


@compiles(colombian_day, "postgresql")
def _on_postgres(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AT TIME ZONE 'America/Bogota' AS DATE)"


@compiles(colombian_day, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    # Colombia has no summer time, and SQLite knows no zones; the moments that it keeps are in UTC.
    return f"date({compiler.process(element.clauses, **options)}, '-5 hours')"
