"""A PostgreSQL shop that is put back to the seed between tests; a new database for each would take ten times longer."""

import sqlalchemy
from sqlalchemy import Connection, text

_TABLES = """
SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY tablename
"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"


class PristineDatabase:
    """Keeps a copy of every table beside it and brings it back, numbers included."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        with self._engine.begin() as connection:
            self._script = _keep(connection)

    def restore(self) -> None:
        """Forget everything that a test did."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(self._script)


def _keep(connection: Connection) -> str:
    """Copy the tables into a schema of their own and return the statements that bring them back."""
    tables = connection.scalars(text(_TABLES)).all()
    connection.exec_driver_sql("CREATE SCHEMA kept")
    # Foreign keys sleep, for the tables come back in alphabetical order.
    steps = ["SET LOCAL session_replication_role = replica", "SET LOCAL synchronous_commit = off"]
    for table in tables:
        connection.exec_driver_sql(f'CREATE TABLE kept."{table}" AS TABLE public."{table}"')
        steps.append(f'DELETE FROM public."{table}"')
        if connection.scalar(text(f'SELECT count(*) FROM kept."{table}"')):
            steps.append(f'INSERT INTO public."{table}" SELECT * FROM kept."{table}"')
    for name, last in connection.execute(text(_SEQUENCES)):
        steps.append(f"SELECT setval('public.\"{name}\"', {last or 1}, {'true' if last else 'false'})")
    return ";\n".join(steps)
