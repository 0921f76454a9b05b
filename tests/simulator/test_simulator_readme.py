"""The simulator's README: its commands run as they stand, and its tables name what there is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from stripe_simulator import create_simulator
from stripe_simulator.__main__ import parse
from stripe_simulator.cards import BY_NUMBER
from stripe_simulator.control import WEBHOOK_MEMBERS
from stripe_simulator.faults import FAULTS
from stripe_simulator.operations import OPERATIONS
from stripe_simulator.settings import API_VERSION, SimulatorSettings

README = (Path(__file__).resolve().parents[2] / "stripe_simulator" / "README.md").read_text()
ADDRESS = "http://127.0.0.1:12111"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def first_column(title: str) -> list[str]:
    """Return the code in the first cells of the table whose first heading is this."""
    (table,) = re.findall(rf"^\| {title} \|.*\n\|[-|]+\n((?:\|.*\n)+)", README, re.MULTILINE)
    return [code for row in table.splitlines() for code in re.findall(r"`([^`]+)`", row.split("|")[1])]


def test_its_shell_commands_run(bench: Any) -> None:
    (script,) = (block for block in blocks("sh") if "curl" in block)
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(ADDRESS, bench.url)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    for text in (
        '"declineCode":"generic_decline"',
        '"paymentStatus":"paid"',
        '"rate_limit"',
        '"cus_',
        '"offset":2678400',
    ):
        assert text in result.stdout, text


def test_its_python_runs(bench: Any) -> None:
    (program,) = blocks("python")
    names: dict[str, Any] = {}
    exec(program.replace(ADDRESS, bench.url), names)  # our own document
    assert bench.pay(names["session"])["status"] == "complete"


def test_it_names_every_option() -> None:
    assert {option[2:].replace("-", "_") for option in first_column("Option")} == set(vars(parse([])))


def test_it_names_every_operation() -> None:
    named = {
        (method, path)
        for path, methods in re.findall(r"^\| `(/v1/[^`]+)` \| ([A-Z, ]+) \|$", README, re.MULTILINE)
        for method in methods.split(", ")
    }
    assert named == {(operation.method, operation.path) for operation in OPERATIONS}
    assert f"`{API_VERSION}`" in README


def test_it_names_every_control(settings: SimulatorSettings) -> None:
    app = create_simulator(settings)
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/_sim/") and "path:" not in rule.rule]
    there = {
        f"{method} {rule.rule.replace('<', '{').replace('>', '}')}"
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    app.extensions["simulator"].stop()
    assert set(first_column("Call")) == there


def test_it_names_every_card_and_fault() -> None:
    assert set(first_column("Card")) == set(BY_NUMBER)
    assert set(first_column("Fault")) == set(FAULTS)
    assert set(first_column("Member")) == set(WEBHOOK_MEMBERS)
