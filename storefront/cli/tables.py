"""`flask db`: the commands of Flask-Migrate, which bring the database's tables up to date."""

from typing import Any

import click
from flask.cli import ScriptInfo

from storefront.database import bind_migrations


class MigrationCommands(click.Command):
    """The `db` group of Flask-Migrate, loaded with Alembic when it is called.

    Flask-Migrate adds its group as soon as it is bound to an application. Every process that makes the shop would
    then keep Alembic in memory, and only this command uses it.
    """

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Bind Flask-Migrate to the application and hand over to its group."""
        from flask_migrate.cli import db as group

        assert parent is not None
        bind_migrations(parent.ensure_object(ScriptInfo).load_app())
        context: click.Context = group.make_context(info_name, args, parent, **extra)
        return context


db = MigrationCommands("db", short_help="Migrate the database's tables: upgrade, downgrade, current, history.")
