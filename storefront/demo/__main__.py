"""`python -m storefront.demo`: the environment, the database, the simulator, the shop, in this order."""

import argparse
import os
import shlex
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from shutil import which

from config import ROOT, ConfigError
from storefront.demo.environment import check_ports, claim, complete, folder_of, remember, simulator_port, web_workers
from storefront.demo.processes import Child, start_simulator, start_worker, stop, wait_for


def main(arguments: list[str] | None = None) -> None:
    """Start the demonstration, or start it over with `--reset`."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with ExitStack() as cleanup:
            begin(options, cleanup)
    except ConfigError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m storefront.demo", description="The whole shop on one machine.")
    parser.add_argument("--reset", action="store_true", help="forget the demonstration's data and stop")
    parser.add_argument("--parent-pid", type=int, default=0, help="stop when this process is no longer the parent")
    return parser.parse_args(arguments)


def begin(options: argparse.Namespace, cleanup: ExitStack) -> None:
    """Do all of it in order; whatever was started is stopped when `cleanup` closes."""
    owns_simulator = "STRIPE_API_BASE" not in os.environ
    folder = complete(os.environ)
    cleanup.enter_context(claim(folder))
    if options.reset:
        _reset(folder)
        return
    check_ports(owns_simulator)
    remember(folder, os.environ)
    simulator = start_simulator(folder) if owns_simulator else None
    if simulator:
        cleanup.callback(stop, simulator, os.getpid())
    _serve(simulator, cleanup, options.parent_pid)


def _reset(folder: Path) -> None:
    from storefront.demo.shop import reset

    reset(folder)
    print("The demonstration starts over with the next start.")


def _serve(simulator: Child | None, cleanup: ExitStack, parent: int) -> None:
    # Imported while the simulator starts on another core.
    from storefront.demo.server import DemoServer
    from storefront.demo.shop import fill, open_shop

    app = open_shop()
    if simulator:
        wait_for(simulator_port(), "/_sim/health", "The payment simulator", child=simulator)
    if simulator:
        fill(app)
    if web_workers() > 1:  # not before: it would mail the past orders
        cleanup.callback(stop, start_worker(), os.getpid())
    print(welcome(simulated=simulator is not None), flush=True)
    DemoServer(app, parent).run()


def welcome(*, simulated: bool) -> str:
    """Return what a newcomer needs to know."""
    from storefront.demo.history import BUYER
    from storefront.seed import DEMO_PASSWORD

    past = f"\n             {BUYER} has past orders, same password" if simulated else ""
    shop, payments = os.environ["BASE_URL"], os.environ["STRIPE_API_BASE"] or "Stripe itself"
    mail = os.environ.get("MAIL_SERVER")
    return f"""
  FitAiid, a demonstration: no account, no key, no real money

  Shop       {shop}
  Mailbox    {f"mail goes to {mail}" if mail else f"{shop}/dev/mailbox"}
  Payments   {payments}{"   (the simulator that plays Stripe)" if simulated else ""}
  Logins     shopper@example.com and staff@example.com, password {DEMO_PASSWORD}{past}
  Cards      4242 4242 4242 4242   pays
             4000 0000 0000 0002   is declined
             4000 0027 6000 3184   asks for 3-D Secure
             any future date, any CVC
  Commands   {command_line("orders list")}

  Ctrl-C stops it, `make demo-reset` starts it over.
"""


def command_line(command: str) -> str:
    """Return what to type in another terminal so that a command works on the demonstration's data."""
    folder, program = os.environ["DEMO_DIR"], Path(sys.executable).with_name("flask")
    where = "" if folder == str(folder_of({})) else f"DEMO_DIR={shlex.quote(folder)} "
    is_found = which("flask") == str(program)
    name = "flask" if is_found else str(program.relative_to(ROOT) if program.is_relative_to(ROOT) else program)
    return f"SHOP_PROFILE=demo {where}{name} {command}"


if __name__ == "__main__":
    main()
