"""Fresh shops on PostgreSQL and SQLite, and plain SQL on them; nothing here goes through the shop's sessions."""

import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from flask_migrate import upgrade
from psycopg.rows import dict_row
from sqlalchemy import make_url

from config import TestConfig
from storefront import create_app
from storefront.clock import now
from storefront.database import bind_migrations, db
from storefront.seed import load

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
KINDS = ("postgres", "sqlite")

Row = dict[str, Any]


class Books:
    """A database of the shop, read and changed with plain SQL over a connection of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._kept: Any = None

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Open a connection that commits each statement, or give the one that is kept."""
        if self._kept is not None:
            yield self._kept
            return
        opened = self._open()
        try:
            yield opened
        finally:
            opened.close()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Ask many things over one connection, from this thread only."""
        with self.connection() as opened:
            self._kept = opened
            try:
                yield
            finally:
                self._kept = None

    def _open(self) -> Any:
        if self.is_sqlite:
            opened = sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=10, isolation_level=None)
            opened.row_factory = sqlite3.Row
            return opened
        return psycopg.connect(self.url, autocommit=True, row_factory=dict_row, connect_timeout=5)

    def rows(self, sql: str) -> list[Row]:
        """Return what a query finds."""
        with self.connection() as opened:
            return [dict(row) for row in opened.execute(sql).fetchall()]

    def value(self, sql: str) -> Any:
        """Return the first column of the first row."""
        return next(iter(self.rows(sql)[0].values()))

    def run(self, *statements: str) -> None:
        """Change something behind everybody's back."""
        with self.connection() as opened:
            for sql in statements:
                opened.execute(sql)


@contextmanager
def folder() -> Iterator[Path]:
    """Return a folder that is gone afterwards; in memory where that exists, since the disk is not what is proved."""
    base = "/dev/shm" if Path("/dev/shm").is_dir() else None
    path = Path(tempfile.mkdtemp(prefix="campaign-", dir=base))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def fresh(kind: str, server: str = POSTGRES) -> Iterator[Books]:
    """Return a migrated and seeded shop on a new database, dropped afterwards."""
    if kind == "sqlite":
        with folder() as path:
            file = path / "shop.sqlite"
            file.write_bytes(_sqlite_template())
            yield Books(f"sqlite:///{file}")
        return
    name = f"campaign_{uuid.uuid4().hex[:12]}"
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    _admin(server, f'CREATE DATABASE "{name}"')
    try:
        _fill(url)
        yield Books(url)
    finally:
        _admin(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def set_stock(books: Books, units: dict[str, int]) -> None:
    """Begin with exactly these units of each product (by slug), as if it had always been so."""
    for slug, n in units.items():
        key = f"(SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.slug = '{slug}')"
        books.run(f"UPDATE stock SET initial = {n}, on_hand = {n} WHERE variant_id = {key}")


def _admin(server: str, sql: str) -> None:
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
        connection.execute(sql)


@cache
def _sqlite_template() -> bytes:
    with folder() as path:
        file = path / "template.sqlite"
        _fill(f"sqlite:///{file}")
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return file.read_bytes()


def _fill(url: str) -> None:
    app = create_app(TestConfig({"DATABASE_URL": url}))
    bind_migrations(app)
    with app.app_context():
        upgrade()
        load(now())
        db.session.remove()
        db.engine.dispose()
