"""A log line and a measurement for each request, and the metrics at `/metrics`."""

import hmac
import logging
import os
import time

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from werkzeug.exceptions import NotFound

from storefront.observability import logs, metrics
from storefront.security import request_id
from storefront.services.jobs import shop_metrics
from storefront.settings import settings

bp = Blueprint("metrics", __name__)
logger = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Measure and log every response."""
    app.before_request(_begin)
    app.after_request(_measure)
    app.register_blueprint(bp)


def _begin() -> None:
    g.began = time.perf_counter()
    logs.request_id.set(request_id())


def _measure(response: Response) -> Response:
    # The rule and not the address, which can hold somebody's token.
    route = request.url_rule.rule if request.url_rule else "none"
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    metrics.requests.labels(route, response.status_code).observe(seconds)
    if logger.isEnabledFor(logging.INFO) and request.endpoint not in ("static", "health.healthz"):
        fields = {"method": request.method, "route": route, "status": response.status_code}
        logger.info("answered", extra={**fields, "ms": round(seconds * 1000, 1)})
    return response


@bp.get("/metrics")
def numbers() -> Response:
    """Answer with the metrics of all web processes and of the database; a wrong token gets 404."""
    wanted = settings().METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise NotFound()
    lines = "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in shop_metrics.read().items())
    body = generate_latest(_registry()).decode() + lines
    return Response(body, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _registry() -> CollectorRegistry:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
