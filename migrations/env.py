"""How Alembic reaches the shop's database; `flask db` runs this inside the application."""

import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from alembic import context
from flask import current_app
from sqlalchemy import Connection

import storefront.domain
from storefront.database import Base, UtcDateTime


def migrate() -> None:
    """Run the migrations asked for, each in its own transaction."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, _prepared(connection):
        context.configure(
            connection=connection.execution_options(writing=True),
            target_metadata=_metadata(),
            compare_type=True,
            # SQLite changes a column only by copying its table.
            render_as_batch=True,
            render_item=_render_item,
            include_object=_is_described,
            process_revision_directives=_skip_empty,
            transactional_ddl=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


def _metadata():
    for module in pkgutil.walk_packages(storefront.domain.__path__, "storefront.domain."):
        import_module(module.name)
    return Base.metadata


@contextmanager
def _prepared(connection: Connection) -> Iterator[None]:
    """Set what SQLite allows only outside a transaction."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    driver.execute("PRAGMA journal_mode=WAL")
    # Copying a table drops the old one, which must not take the rows that refer to it along.
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


def _render_item(kind: str, item: object, _autogen: object) -> str | bool:
    # A migration must not break when the shop's own type is renamed.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _is_described(_object: object, name: str | None, kind: str, _is_in_database: bool, _model: object) -> bool:
    # SQLite has no such indexes, so the models do not describe them.
    return kind != "index" or name not in {"ix_products_words", "ix_orders_words", "ix_customers_words"}


def _skip_empty(_context: object, _revision: object, directives: list) -> None:
    options = context.config.cmd_opts
    if options and getattr(options, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


migrate()
