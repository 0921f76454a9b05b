"""Whether the process is up and can do its work, for whoever watches it."""

from functools import cache

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from config import ROOT
from storefront.database import db
from storefront.limit_storage import impatient
from storefront.settings import settings

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether database, migrations and Redis are ready, with the reasons if not."""
    reasons = _database_reasons() + _redis_reasons()
    return jsonify(status="unavailable" if reasons else "ok", reasons=reasons), 503 if reasons else 200


def _database_reasons() -> list[str]:
    try:
        with db.engine.connect() as connection:
            is_migrated = inspect(connection).has_table("alembic_version")
            current = connection.scalar(text("SELECT version_num FROM alembic_version")) if is_migrated else None
    except SQLAlchemyError:
        return ["database does not answer"]
    return ["database is not at the newest migration"] if _is_behind(current) else []


def _is_behind(current: str | None) -> bool:
    """A migration that this code does not know is a newer one: the old code goes on while the new one comes up."""
    return current is None or current in _migrations()[:-1]


@cache
def _migrations() -> list[str]:
    """Return the migrations of this code, oldest first; a file is named after its own."""
    return sorted(path.name.partition("_")[0] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))


def _redis_reasons() -> list[str]:
    if not settings().REDIS_URL:
        return []
    import redis

    try:
        with redis.Redis.from_url(settings().REDIS_URL, **impatient()) as client:
            client.ping()
    except (redis.RedisError, OSError):
        return ["redis does not answer"]
    return []
