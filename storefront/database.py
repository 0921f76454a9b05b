"""The database: our declarative base, the session, aware times, and the one way to write."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Connection, DateTime, Dialect, Engine, MetaData, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from storefront import failpoints

_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC on every database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC on its way in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive time")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the time its zone back where the database (SQLite) forgot it."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Minor = Annotated[int, mapped_column(BigInteger)]
"""An amount of money; a hundred dumbbells cost more centavos than 32 bits hold."""


class Base(DeclarativeBase):
    """What every table inherits: constraint names and aware times."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy's own contract


db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True, session_options={"expire_on_commit": False})


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the one transaction of a use case, commit it, or roll everything back on any exception.

    Whatever was read before is forgotten, so that a decision is never made on a stale row. On SQLite
    the write lock is taken at once: a later upgrade from reading to writing could only fail. Nesting
    is refused, because the inner half would commit the outer half's work.
    """
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError("transactions do not nest")
    session.rollback()
    session.expire_all()  # a rollback forgets nothing where a commit came just before
    session.info["writing"] = True
    try:
        session.connection(execution_options={"writing": True})
        yield session
        with failpoints.around(f"commit in {failpoints.use_case()}"):
            session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["writing"] = False


def leave_transaction() -> None:
    """End what reading began, before anything slow happens; refuse inside ``transaction()``."""
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError("a transaction is open across the network")
    session.commit()


def insert_once(table: type[Base], values: Mapping[str, Any], *, unique: str, redo: Any = None) -> bool:
    """Insert a row unless one with the same `unique` column is there; return whether this call wrote.

    With `redo`, a condition on the row that is there, such a row is overwritten instead.
    """
    again = None if redo is None else dict(values)
    statement = upsert(table, values, unique=unique, again=again, where=redo)
    # By the connection: the ORM's own way to insert looks at every value twice, and nothing is gained by it here.
    db.session.flush()
    written = db.session.connection().execute(statement.returning(getattr(table, unique)))
    return written.first() is not None


def upsert(
    table: type[Base], values: Mapping[str, Any], *, unique: str, again: Mapping[str, Any] | None, where: Any = None
) -> Any:
    """Return an INSERT that changes the row with the same `unique` column instead, or without `again` does nothing."""
    dialect = sqlite if db.session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(dict(values))
    if again is None:
        return statement.on_conflict_do_nothing(index_elements=[unique])
    return statement.on_conflict_do_update(index_elements=[unique], set_=dict(again), where=where)


def prepare_engine(engine: Engine) -> None:
    """Teach an SQLite engine to lock first and to keep foreign keys; PostgreSQL needs no lesson."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)


def _on_sqlite_connect(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transaction control loses updates silently; SQLAlchemy's "begin" event rules.
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "busy_timeout=10000", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
