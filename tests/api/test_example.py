"""The example client buys something of the demonstration, as its docstring says."""

import subprocess
import sys

import pytest

from config import ROOT
from tests.test_demo import Demo, demo

__all__ = ["demo"]
EXAMPLE = ROOT / "examples" / "mobile_checkout.py"


@pytest.mark.demo
def test_the_example_buys(demo: Demo) -> None:
    demo.start()
    shop, simulator = (f"http://127.0.0.1:{port}" for port in (demo.port, demo.simulator_port))
    command = [sys.executable, str(EXAMPLE), shop, "--pay-at", simulator]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Payment paid, order confirmed" in done.stdout
    refused = subprocess.run([*command, "--password", "wrong"], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert "401 invalid_credentials" in refused.stderr


def test_the_example_is_short_and_needs_no_package() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 80
    imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names
