"""The demonstration's shop: made and filled, or emptied."""

import os
import shutil
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade

from storefront import create_app
from storefront.clock import now
from storefront.database import bind_migrations, db
from storefront.demo.environment import DemoError
from storefront.demo.history import write_history
from storefront.errors import DatabaseUnavailable
from storefront.seed import load

_FILES = ("shop.sqlite", "shop.sqlite-wal", "shop.sqlite-shm", "simulator.sqlite", "simulator.sqlite-wal",
         "simulator.sqlite-shm", "secrets.json", "settings.json", "mailbox", "content")  # fmt: skip


def reset(folder: Path) -> None:
    """Forget everything; a database outside the folder loses the shop's tables and gets empty ones."""
    if not os.environ["DATABASE_URL"].startswith(f"sqlite:///{folder}"):
        empty_database()
    for name in _FILES:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def empty_database() -> None:
    """Drop the shop's tables and make them again."""
    app = create_app()
    bind_migrations(app)
    with app.app_context():
        _check_database()
        downgrade(revision="base")
        upgrade()
        db.engine.dispose()


def open_shop() -> Flask:
    """Return the shop with its tables made and its catalogue filled; the worker processes are forked from it."""
    app = create_app()
    bind_migrations(app)
    with app.app_context():
        _check_database()
        _bring_up_to_date(app)
        load(now())
        db.session.remove()
        db.engine.dispose()  # a connection must not be shared with a forked process
    return app


def fill(app: Flask) -> None:
    """Give a new shop its past orders, which are paid at the simulator."""
    with app.app_context():
        write_history()
        db.session.remove()
        db.engine.dispose()


def _bring_up_to_date(app: Flask) -> None:
    """Make the tables, or bring those of an earlier version up to date and say so; refuse those of a later one."""
    scripts = ScriptDirectory.from_config(app.extensions["migrate"].migrate.get_config())
    with db.engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and revision not in {script.revision for script in scripts.walk_revisions()}:
        raise DemoError(
            f"The demonstration's data is of a later version of the shop (revision {revision}): "
            "use that version, or start over with `make demo-reset`."
        )
    upgrade()
    if revision is not None and revision != scripts.get_current_head():
        print(
            "The demonstration's data is of an earlier version: the tables are up to date now, and products stay as "
            "they were. `make demo-reset` starts over with the present ones.",
            flush=True,
        )


def _check_database() -> None:
    try:
        db.engine.connect().close()
    except DatabaseUnavailable as error:
        raise DemoError(f"The database of DATABASE_URL does not answer: {error.__cause__}") from error
