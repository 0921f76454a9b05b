"""How `make serve` runs the shop: threads, since most of a checkout is waiting for Stripe."""

import os
import sys
from pathlib import Path
from typing import Any

from dotenv import load_dotenv

load_dotenv(Path(__file__).with_name(".env"))

bind = f"0.0.0.0:{os.environ.get('PORT', '5000')}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
threads = 16
# Longer than the slowest answer of Stripe that the shop waits for, retries included.
timeout = 60
graceful_timeout = 30
# Longer than a load balancer's own, which otherwise meets connections that were just closed.
keepalive = 75
# The heartbeat of the workers must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Say in sentences what the environment lacks, before each worker fails with a traceback."""
    import config

    try:
        config.load()
    except config.ConfigError as error:
        sys.exit(str(error))
