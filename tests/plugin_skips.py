"""Skipped tests are named with their reasons, and fail the run where nothing may be missing (`REQUIRE_ALL=1`)."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from _pytest.reports import CollectReport, TestReport
from _pytest.terminal import TerminalReporter


def _reasons(config: pytest.Config) -> Counter[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    return Counter(_reason(report) for report in skipped)


def _reason(report: TestReport | CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _is_strict() -> bool:
    return os.environ.get("REQUIRE_ALL") == "1"


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run that skipped something where nothing may be missing."""
    is_worker = hasattr(session.config, "workerinput")
    if exitstatus == pytest.ExitCode.OK and not is_worker and _is_strict() and _reasons(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> Iterator[None]:
    """Name what was skipped, and why, where nobody overlooks it."""
    yield
    reasons = _reasons(config)
    if not reasons:
        return
    terminalreporter.section(
        "SKIPPED, WHICH FAILS THIS RUN" if _is_strict() else "SKIPPED HERE", yellow=True, bold=True
    )
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count:5} x {reason}", yellow=True)
