"""Whether the process is up and can do its work, for whoever watches it."""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from storefront.database import db
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
            current = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError:
        return ["database does not answer"]
    directory = current_app.extensions["migrate"].directory
    expected = ScriptDirectory(directory).get_heads()
    return [] if set(current) == set(expected) else ["database is not at the newest migration"]


def _redis_reasons() -> list[str]:
    if not settings().REDIS_URL:
        return []
    import redis

    try:
        redis.Redis.from_url(settings().REDIS_URL, socket_timeout=2).ping()
    except redis.RedisError:
        return ["redis does not answer"]
    return []
