"""`python -m stripe_simulator`: play Stripe on this machine."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from types import FrameType

from .server import start
from .settings import SimulatorError, SimulatorSettings


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m stripe_simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--state", required=True, help="the simulator's own SQLite file")
    parser.add_argument(
        "--webhook", help="where every event is delivered, besides the endpoints that are made through the API"
    )
    parser.add_argument("--secret", action="append", default=[], help="signing secret; give it twice to rotate")
    parser.add_argument(
        "--no-portal", action="store_true", help="an account whose owner never saved the portal's settings"
    )
    parser.add_argument("--public-url", default="", help="the address browsers reach it at")
    parser.add_argument("--shop-name", default="FitAiid")
    parser.add_argument("--retry-scale", type=float, default=1.0, help="factor on the waits between deliveries")
    parser.add_argument("--parent-pid", type=int, help="exit when this process is no longer the parent")
    parser.add_argument("--profile", default="", help="refused when it is production")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal comes or the parent is gone."""
    options = parse(arguments)
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        running = start(settings_from(options), options.port)
    except SimulatorError as refusal:
        print(refusal, file=sys.stderr)
        return 2
    parent = options.parent_pid
    while not stopping.wait(0.5):
        if parent is not None and os.getppid() != parent:
            break
    running.stop()
    return 0


def settings_from(options: argparse.Namespace) -> SimulatorSettings:
    """Turn the command line into settings."""
    return SimulatorSettings(
        state_path=options.state,
        webhook_url=options.webhook,
        webhook_secrets=tuple(options.secret),
        public_url=options.public_url,
        shop_name=options.shop_name,
        retry_scale=options.retry_scale,
        default_portal=not options.no_portal,
        profile=options.profile,
    )


if __name__ == "__main__":
    sys.exit(main())
