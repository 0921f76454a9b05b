"""How `make serve` runs the shop."""

import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from config import ConfigError, load, read_env_file
from storefront.serving import gunicorn_worker
from storefront.serving.gunicorn_worker import NO_FORWARDER_HEADERS, NO_SCHEME_HEADERS, THREADS

read_env_file()

# What the environment lacks is said in sentences here; gunicorn would show them at the end of a traceback.
try:
    _settings = load()
except ConfigError as error:
    sys.exit(str(error))

# The network sees what stands in front of the shop, which speaks HTTPS; a container has nothing else and sets BIND.
_host = (os.environ.get("BIND") or "127.0.0.1").strip("[]")
bind = f"{f'[{_host}]' if ':' in _host else _host}:{os.environ.get('PORT') or '5000'}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = gunicorn_worker.worker_class(
    has_admission_queue=_settings.ADMISSION_QUEUE, has_limits=_settings.RATE_LIMITS
)
threads = THREADS
# Made once and then forked: a quicker start, and what does not change is in memory once. Nothing is connected before.
preload_app = True
# Longer than the slowest answer of Stripe that the shop waits for, retries included.
timeout = 60
graceful_timeout = 30
# Longer than a load balancer's own, which otherwise meets connections that were just closed.
keepalive = 75
# The heartbeat of the workers must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True
# Which headers of proxies are believed is decided in one place, by TRUSTED_PROXIES: gunicorn itself believes none.
forwarder_headers = NO_FORWARDER_HEADERS
secure_scheme_headers = NO_SCHEME_HEADERS
# As much as nginx lets through, so that an address is too long for both or for none.
limit_request_line = 8190

# Each worker counts in files of its own here; /metrics adds them up. Set before anything counts.
_counted = None
if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    _counted = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="shop-metrics-", dir=worker_tmp_dir)

if (os.environ.get("SHOP_PROFILE") or "production") == "production":
    from storefront.observability.logs import CONFIG

    logconfig_dict = CONFIG


def when_ready(server: Any) -> None:
    """Leave what was made before the fork alone, so that no worker's tidying copies it."""
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    """Forget the momentary numbers of a worker that ended."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Take the counters' files away."""
    if _counted:
        shutil.rmtree(_counted, ignore_errors=True)
