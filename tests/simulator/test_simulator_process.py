"""The simulator as a process and as an object: starting, refusing, stopping."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from stripe_simulator import SimulatorError, SimulatorSettings, create_simulator, start
from stripe_simulator.__main__ import parse

ROOT = Path(__file__).resolve().parents[2]
AUTHORISED = {"Authorization": "Bearer sk_test_x"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launch(port: int, state: Path, *more: str, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "stripe_simulator", "--port", str(port), "--database", str(state), *more]
    clean = {name: value for name, value in os.environ.items() if name != "SHOP_PROFILE"}
    return subprocess.Popen(
        command, cwd=ROOT, env=clean | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_healthy(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            assert requests.get(f"http://127.0.0.1:{port}/_sim/health", timeout=1).ok
            return
        except requests.ConnectionError:
            time.sleep(0.02)
    raise AssertionError("the simulator did not come up")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_silently_and_stops_on_a_signal(tmp_path: Path, number: int) -> None:
    port = free_port()
    process = launch(port, tmp_path / "deep" / "state.sqlite")
    wait_healthy(port)
    requests.get(f"http://127.0.0.1:{port}/v1/events", headers=AUTHORISED, timeout=5)
    process.send_signal(number)
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0


def test_the_environment_names_the_port_and_the_command_line_overrides_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIMULATOR_PORT", raising=False)
    assert parse([]).port == 12111
    monkeypatch.setenv("SIMULATOR_PORT", "12345")
    assert parse([]).port == 12345
    assert parse(["--port", "0"]).port == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "70000"),
        ("--port", "http"),
        ("--public-url", "shop.example"),
        ("--webhook-url", "http://127.0.0.1:5000/hook"),
        ("--webhook-url", "127.0.0.1:5000/hook", "--webhook-secret", "whsec_x"),
    ],
)
def test_a_wrong_option_is_named(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(list(arguments))
    assert end.value.code == 2
    assert arguments[0] in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_it_listens_on_the_loopback_address_that_it_is_given(settings: SimulatorSettings, host: str) -> None:
    running = start(settings, host=host)
    try:
        assert requests.get(f"{running.url}/_sim/health", timeout=5).json() == {"status": "ok"}
    finally:
        running.stop()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "shop.example"])
def test_it_listens_on_no_other_address(settings: SimulatorSettings, host: str) -> None:
    with pytest.raises(SimulatorError, match="is no loopback address"):
        start(settings, host=host)


def test_it_goes_when_its_parent_is_gone(tmp_path: Path) -> None:
    process = launch(free_port(), tmp_path / "state.sqlite", "--parent-pid", "999999999")
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0


def test_a_taken_port_gives_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        process = launch(port, tmp_path / "state.sqlite")
        output, problem = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert problem.strip().startswith(f"The payment simulator cannot start: port {port} is taken")
    assert problem.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "environment"), [((), {"SHOP_PROFILE": "production"}), (("--profile", "production"), {})]
)
def test_it_refuses_production(tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    process = launch(free_port(), tmp_path / "state.sqlite", *arguments, **environment)
    output, problem = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert problem == "The payment simulator refuses to start: SHOP_PROFILE is production.\n"
    assert not (tmp_path / "state.sqlite").exists()


def test_it_refuses_production_inside_a_process_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SimulatorSettings(tmp_path / "state.sqlite")
    monkeypatch.setenv("SHOP_PROFILE", "Production")
    for attempt in (lambda: start(settings), lambda: create_simulator(settings)):
        with pytest.raises(SimulatorError):
            attempt()


def test_it_imports_neither_the_sdk_nor_the_shop() -> None:
    program = (
        "import sys, stripe_simulator.server\n"
        "bad = {'stripe', 'sqlalchemy', 'requests', 'storefront', 'config', 'wsgi'} & set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=30)


def test_the_app_alone_delivers_inside_the_call_that_waits(settings: SimulatorSettings, shop: Any) -> None:
    app = create_simulator(settings)
    client = app.test_client()
    form = {
        "mode": "payment",
        "success_url": "https://shop.example/ok",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "cop",
        "line_items[0][price_data][unit_amount]": "20000000",
        "line_items[0][price_data][product_data][name]": "Banda",
    }
    made = client.post("/v1/checkout/sessions", data=form, headers=AUTHORISED).get_json()
    assert made["url"].startswith("http://127.0.0.1:12111/c/pay/cs_test_")
    assert client.post(f"/_sim/pay/{made['id']}").get_json()["paymentStatus"] == "paid"
    assert "checkout.session.completed" in shop.types
    app.extensions["simulator"].stop()


def test_a_cut_line_without_a_server_is_a_connection_error(settings: SimulatorSettings) -> None:
    app = create_simulator(settings)
    app.testing = True
    client = app.test_client()
    client.post("/_sim/fail", json={"next": "drop"})
    with pytest.raises(ConnectionResetError):
        client.get("/v1/events", headers=AUTHORISED)
    app.extensions["simulator"].stop()
