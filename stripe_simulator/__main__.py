"""`python -m stripe_simulator`: play Stripe on this machine."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from types import FrameType
from urllib.parse import urlsplit

from .server import RunningSimulator, start
from .settings import HOST, SimulatorError, SimulatorSettings

DESCRIPTION = """\
Play Stripe on this machine: the API for a Stripe library, the page where people pay, the billing portal, and signed
webhooks. Any key that begins with sk_test_ is accepted; no money moves.
"""
EPILOG = """\
SIMULATOR_PORT in the environment is the default of --port. Where SHOP_PROFILE is production nothing starts.
stripe_simulator/README.md describes the endpoints, the test cards, and what can be made to fail.
"""


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m stripe_simulator",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_server_options(parser)
    _add_webhook_options(parser)
    _add_account_options(parser)
    options = parser.parse_args(arguments)
    if options.webhook_url and not options.webhook_secret:
        parser.error("--webhook-url needs --webhook-secret, with which its events are signed")
    return options


def _add_server_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("server")
    group.add_argument("--host", default=HOST, help="loopback address to listen on (default: %(default)s)")
    group.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("SIMULATOR_PORT") or "12111",
        help="port to listen on; 0 takes a free one (default: $SIMULATOR_PORT, or 12111)",
    )
    group.add_argument(
        "--public-url", metavar="URL", type=_url, help="address at which browsers reach it (default: its own)"
    )
    group.add_argument(
        "--database",
        metavar="FILE",
        default="instance/stripe_simulator.sqlite",
        help="SQLite file that keeps everything between two runs; made if it is not there (default: %(default)s)",
    )
    group.add_argument("--parent-pid", metavar="PID", type=int, help="stop when this process is no longer the parent")
    group.add_argument("--profile", default="", help="the same as SHOP_PROFILE: production is refused")


def _add_webhook_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("webhooks")
    group.add_argument(
        "--webhook-url",
        metavar="URL",
        type=_url,
        help="endpoint that is sent every event; more are made with POST /v1/webhook_endpoints",
    )
    group.add_argument(
        "--webhook-secret",
        metavar="SECRET",
        action="append",
        default=[],
        help="signing secret of that endpoint; given twice, events carry both signatures, as while Stripe rotates one",
    )
    group.add_argument(
        "--retry-scale",
        metavar="FACTOR",
        type=float,
        default=1.0,
        help="factor on the waits between deliveries that failed: 2, 10, 60, 300, 1800, 7200 and 21600 seconds "
        "(default: %(default)g)",
    )


def _add_account_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("account")
    group.add_argument(
        "--shop-name", metavar="NAME", default="FitAiid", help="name that the pages show (default: %(default)s)"
    )
    group.add_argument(
        "--no-portal", action="store_true", help="an account that has not saved the settings of its billing portal yet"
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 0 to 65535")
    return int(text)


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is no address that begins with http:// or https://")
    return text


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal comes or the parent is gone."""
    options = parse(arguments)
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        running = start(settings_from(options), options.port, options.host)
    except SimulatorError as refusal:
        print(refusal, file=sys.stderr)
        return 2
    if sys.stdout.isatty() and options.parent_pid is None:
        print(welcome(running), flush=True)
    while not stopping.wait(0.5):
        if options.parent_pid is not None and os.getppid() != options.parent_pid:
            break
    running.stop()
    return 0


def welcome(running: RunningSimulator) -> str:
    """Return what a person at a terminal has to know."""
    return f"Stripe is played at {running.url} (API: {running.url}/v1, dashboard: {running.url}/). Ctrl-C stops it."


def settings_from(options: argparse.Namespace) -> SimulatorSettings:
    """Turn the command line into settings."""
    return SimulatorSettings(
        database=options.database,
        webhook_url=options.webhook_url,
        webhook_secrets=tuple(options.webhook_secret),
        public_url=options.public_url or "",
        shop_name=options.shop_name,
        retry_scale=options.retry_scale,
        default_portal=not options.no_portal,
        profile=options.profile,
    )


if __name__ == "__main__":
    sys.exit(main())
