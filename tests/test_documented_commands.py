"""The commands of Makefile, Procfile, compose.yaml and README, run as processes with a production environment."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy

from config import ROOT
from storefront.health import _migrations


def production(url: str) -> dict[str, str]:
    """Return the environment of a shop in production: nothing but its own settings and the way to its programs."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "FLASK_SKIP_DOTENV": "1",
        "DATABASE_URL": url,
        "WEB_CONCURRENCY": "1",
        "BASE_URL": "https://shop.fitaiid.example",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_SECRET_KEY": secrets.token_urlsafe(48),
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(24)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(24)}",
        "MAIL_SERVER": "127.0.0.1",
    }


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database without a table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    return str(request.getfixturevalue("postgres_empty_url"))


def revision_of(url: str) -> str:
    """Return the migration at which a database stands."""
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    engine.dispose()
    return str(revision)


def test_migrating_twice_in_a_row_brings_an_empty_database_up_to_date(empty_url: str) -> None:
    for _ in range(2):
        command = ["flask", "--app", "wsgi", "db", "upgrade"]
        result = subprocess.run(
            command, cwd=ROOT, env=production(empty_url), capture_output=True, text=True, timeout=60, check=False
        )
        assert result.returncode == 0, result.stderr
        assert revision_of(empty_url) == _migrations()[-1]
