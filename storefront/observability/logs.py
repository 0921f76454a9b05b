"""Logs for machines: one JSON object a line, with the request's id and the order's number, and nobody's data."""

import json
import logging
import logging.config
import time
from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the current request; the interface sets it."""

_FIELDS = (
    "order", "order_id", "event", "type", "method", "route", "status", "ms", "task", "count",
    "action", "outcome", "reason", "account", "address", "network", "role",
)  # fmt: skip
"""What a line may tell beside its sentence. Account, address and network are pseudonyms (`pseudonyms.py`)."""


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        entry: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := request_id.get():
            entry["request_id"] = current
        entry |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonFormatter}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        "storefront": {"level": "INFO"},
        "gunicorn.error": {"handlers": ["out"], "level": "INFO", "propagate": False},
        "gunicorn.access": {"handlers": [], "level": "WARNING", "propagate": False},
    },
}
"""For `logging.config.dictConfig`, and for gunicorn, whose own lines then look alike."""


def configure() -> None:
    """Set up logging in JSON."""
    logging.config.dictConfig(CONFIG)
