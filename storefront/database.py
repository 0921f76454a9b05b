"""The database: our declarative base, the session, aware times, and the one way to write."""

import re
import select
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from functools import cache, lru_cache
from typing import Annotated, Any, cast

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Connection,
    CursorResult,
    DateTime,
    Delete,
    Dialect,
    Engine,
    MetaData,
    Table,
    Update,
    event,
    exc,
    inspect,
    text,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from config import ROOT
from storefront.database_outages import Outages
from storefront.errors import DatabaseUnavailable

_INSERTS: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


_REVISION = re.compile(r'^revision = "(?P<own>\w+)"\ndown_revision = (?:None|"(?P<follows>\w+)")$', re.MULTILINE)


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


_ENUM = EnumType(
    Enum,
    native_enum=False,
    length=40,
    create_constraint=False,
    validate_strings=True,
    values_callable=lambda members: [member.value for member in members],
)
"""A column of `Mapped[SomeEnum]` holds the values as text, with room for longer ones; `Base` adds the CHECK."""

Minor = Annotated[int, mapped_column(BigInteger)]
"""An amount of money; a hundred dumbbells cost more centavos than 32 bits hold."""


class Base(DeclarativeBase):
    """What every table inherits: constraint names, aware times, and enums as text with a CHECK."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {datetime: UtcDateTime, Enum: _ENUM}  # noqa: RUF012 - SQLAlchemy's own contract

    def __init_subclass__(cls, **options: Any) -> None:
        """Map a table, and have it refuse what is no member of an enum; named by the column, not by the class."""
        super().__init_subclass__(**options)
        for column in cls.__table__.columns:
            if isinstance(column.type, EnumType):
                values = ", ".join(f"'{value}'" for value in column.type.enums)
                known = CheckConstraint(f"{column.name} IN ({values})", name=f"{column.name}_known")
                cast("Table", cls.__table__).append_constraint(known)


class ShopSession(FlaskSession):
    """A session that reads without a transaction on PostgreSQL, and writes inside of ``transaction()``.

    There each statement sees what was committed before it, with a transaction around it or without: nothing is
    lost, two of three round trips are saved, and a page that waits for something holds nothing open.
    """

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """Return the engine for reading, unless this session is writing."""
        if self.info.get("writing"):
            return super().get_bind(*args, **kwargs)
        return current_app.extensions["reading engine"]  # type: ignore[no-any-return]


PoolTimeout = exc.TimeoutError
"""Raised where no connection became free in time."""

db = SQLAlchemy(
    metadata=Base.metadata,
    disable_autonaming=True,
    session_options={"expire_on_commit": False, "class_": ShopSession},
)


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


def rows_changed(statement: Update | Delete) -> int:
    """Execute an UPDATE or DELETE and return how many rows it found; objects that are loaded stay as they were."""
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[object]", result).rowcount


def insert_once(
    table: type[Base], values: Mapping[str, Any], *, unique: str | tuple[str, ...], redo: Any = None
) -> bool:
    """Insert a row unless one with the same `unique` column or columns is there; return whether this call wrote.

    With `redo`, a condition on the row that is there, such a row is overwritten instead.
    """
    statement = _insert_once(db.session.get_bind().dialect.name, table, tuple(values), unique, redo)
    # By the connection: the ORM's own way to insert looks at every value twice, and nothing is gained by it here.
    db.session.flush()
    return db.session.connection().execute(statement, dict(values)).first() is not None


@lru_cache(64)
def _insert_once(
    dialect: str, table: type[Base], columns: tuple[str, ...], unique: str | tuple[str, ...], redo: Any
) -> Any:
    """Return the statement, whose making costs as much as its sending; a `redo` that a module keeps is found again."""
    names = [unique] if isinstance(unique, str) else list(unique)
    statement = _INSERTS[dialect](table).returning(getattr(table, names[0]))
    if redo is None:
        return statement.on_conflict_do_nothing(index_elements=names)
    again = {name: statement.excluded[name] for name in columns}
    return statement.on_conflict_do_update(index_elements=names, set_=again, where=redo)


def upsert(
    table: type[Base],
    values: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    *,
    unique: str | tuple[str, ...],
    again: Mapping[str, Any],
) -> Any:
    """Return an INSERT of a row or of several that changes the row with the same `unique` column or columns instead."""
    statement = _INSERTS[db.session.get_bind().dialect.name](table).values(values)
    names = [unique] if isinstance(unique, str) else list(unique)
    return statement.on_conflict_do_update(index_elements=names, set_=dict(again))


def prepare_engine(app: Flask, engine: Engine) -> None:
    """Teach an SQLite engine to lock first and to keep foreign keys, and PostgreSQL's to read without transactions."""
    app.extensions["reading engine"] = engine
    Outages(engine)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
    else:
        event.listen(engine, "checkout", _refuse_dead)
        app.extensions["reading engine"] = engine.execution_options(isolation_level="AUTOCOMMIT")


def bind_migrations(app: Flask) -> None:
    """Let Flask-Migrate work on this database. It imports Alembic, which a web process does not need."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(ROOT / "migrations"))


def find_trouble() -> str:
    """Return why nobody can work with the database, or an empty text."""
    try:
        with db.engine.connect() as connection:
            is_migrated = inspect(connection).has_table("alembic_version")
            current = connection.scalar(text("SELECT version_num FROM alembic_version")) if is_migrated else None
    except (exc.SQLAlchemyError, DatabaseUnavailable):
        return "database does not answer"
    return "database is not at the newest migration" if _is_behind(current) else ""


def _is_behind(current: str | None) -> bool:
    """A migration that this code does not know is a newer one: the old code keeps running while the new one starts."""
    return current is None or current in _migrations()[:-1]


@cache
def _migrations() -> list[str]:
    """Return the migrations of this code, oldest first: each follows another, whatever their numbers are."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    found = (_REVISION.search(text) for text in texts)
    following = {step["follows"]: step["own"] for step in found if step}
    chain = [following[None]]
    while chain[-1] in following:
        chain.append(following[chain[-1]])
    return chain


def _refuse_dead(connection: Any, _record: Any, _fairy: Any) -> None:
    """Let go of connections that the server has closed: there is something to read where nothing was asked.

    SQLAlchemy's own check (`pool_pre_ping`) asks the server each time, which is a round trip for every statement.
    """
    if connection.closed or _is_readable(connection):
        raise exc.InvalidatePoolError()


def _is_readable(connection: Any) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _on_sqlite_connect(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transaction control loses updates silently; SQLAlchemy's "begin" event rules.
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "busy_timeout=10000", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
