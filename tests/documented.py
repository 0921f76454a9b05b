"""The commands that Makefile, Procfile, compose.yaml, Dockerfile and the documents name, read out of these files."""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from config import ROOT

DOCUMENTS = (
    ".env.example", "CONTRIBUTING.md", "README.md", "SECURITY.md", "compose.yaml", "docs/*.md", "docs/adr/*.md",
    "*.py", "storefront/**/*.py", "stripe_simulator/**/*.py", "stripe_simulator/*.md",
)  # fmt: skip
"""Where people find commands; the changelog also names some that are gone."""

PROGRAMS = ("flask", "gunicorn", "make", "python")
"""What the shop's own commands begin with."""

_SPAN = re.compile(r"`([^`\n]+)`")
_BLOCK = re.compile(r"^ *```(?:sh|bash)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_ADVICE = re.compile(r"(?:^|[\s,;:])(flask(?: [a-z][a-z-]*)+(?: --[a-z-]+)*)", re.MULTILINE)
_SETTING = re.compile(r"[A-Z][A-Z_]*=")


def procfile() -> dict[str, list[str]]:
    """Return the command of each process type."""
    lines = (line.split(":", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    return {kind: shlex.split(command) for kind, command in lines}


def compose() -> dict[str, dict[str, Any]]:
    """Return the services of compose.yaml."""
    services: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return services


def compose_command(service: str) -> list[str]:
    """Return the command of a service of ours; one that names none runs what the Dockerfile says."""
    return [str(word) for word in compose()[service].get("command") or dockerfile("CMD")]


def dockerfile(instruction: str) -> list[str]:
    """Return the words of the Dockerfile's last CMD, or of its HEALTHCHECK."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    line = [line for line in text.splitlines() if line.startswith(instruction)][-1]
    arguments: list[str] = ast.literal_eval(line[line.index("[") :])
    return arguments


def make_targets() -> list[str]:
    """Return the targets that `make` alone lists."""
    return re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)


def documents() -> list[Path]:
    """Return the files that tell people commands."""
    return sorted(path for pattern in DOCUMENTS for path in ROOT.glob(pattern))


def code_of(path: Path) -> list[str]:
    """Return what a document shows as code; of Python also what it tells its user to run."""
    text = path.read_text()
    lines = _SPAN.findall(_BLOCK.sub("", text))
    for block in _BLOCK.findall(text):
        lines += re.split(r"\n|&&|;", block.replace("\\\n", " "))
    if path.suffix == ".py":
        strings = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
        lines += [line for value in strings if isinstance(value, str) for line in _ADVICE.findall(value)]
    return lines


def commands_of(path: Path) -> Iterator[list[str]]:
    """Yield the words of every command in a document, without the settings before it."""
    for line in code_of(path):
        try:
            arguments = shlex.split(line, comments=True)
        except ValueError:  # a piece of a longer script
            continue
        while arguments and _SETTING.match(arguments[0]):
            arguments = arguments[1:]
        if arguments[:2] == ["docker", "compose"]:  # docker compose run web flask …
            arguments = arguments[next((n for n, word in enumerate(arguments) if word in PROGRAMS), len(arguments)) :]
        if arguments:
            yield [arguments[0].removeprefix(".venv/bin/"), *arguments[1:]]


def documented(program: str) -> list[list[str]]:
    """Return the different command lines of a program that the documents name."""
    return [list(arguments) for arguments in _all() if arguments[0] == program]


@cache
def _all() -> list[tuple[str, ...]]:
    return sorted({tuple(arguments) for path in documents() for arguments in commands_of(path)})
