"""Health checks: whether the process is up, and whether it is ready."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from storefront.database import find_trouble
from storefront.limit_storage import impatient
from storefront.settings import settings

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer that the process is up."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer whether database, migrations and Redis are ready, with the reasons if not."""
    trouble = find_trouble()
    reasons = ([trouble] if trouble else []) + _redis_reasons()
    return jsonify(status="unavailable" if reasons else "ok", reasons=reasons), 503 if reasons else 200


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
