"""Every command that a file of the shop names exists, with its flags; the programs themselves are asked."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT
from tests import documented
from tests.fresh_clone import Clone, clone

# Asks the flask command for the help of many commands, in one process instead of a second for each.
_ASK_FLASK = """
import contextlib, io, json, sys
from flask.cli import cli
for words in json.load(sys.stdin):
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            cli.main([*words, "--help"], prog_name="flask")
        except SystemExit as end:
            code = end.code
    print(json.dumps([code, output.getvalue()]))
"""
_INSTALLED_BY_MAKE = {"uv", "lighthouse"}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Return a fresh clone in which commands are asked for their help."""
    return clone(tmp_path_factory.mktemp("documented"))


@pytest.fixture(scope="module")
def environ(fresh: Clone) -> dict[str, str]:
    """Return the environment of a shop in production."""
    return fresh.production(f"sqlite:///{fresh.folder.parent / 'shop.sqlite'}")


def without_flags(arguments: list[str]) -> list[str]:
    """Return the words up to the first flag; a command's help is asked for with these."""
    arguments = [word for word in arguments if word != "…"]
    flags = [n for n, word in enumerate(arguments) if word.startswith("-")]
    return arguments[: flags[0]] if flags else arguments


def missing_flags(arguments: list[str], help_text: str) -> list[str]:
    """Return the flags of a command line that its help does not know."""
    flags = [word.partition("=")[0] for word in arguments if word.startswith("-")]
    return [flag for flag in flags if not re.search(rf"(^|[\s,]){flag}\b", help_text)]


def faults_of_flask(fresh: Clone, environ: dict[str, str], commands: list[list[str]]) -> list[str]:
    """Return what is wrong with command lines of `flask`."""
    commands = [arguments[2:] if arguments[:2] == ["--app", "wsgi"] else arguments for arguments in commands]
    python = str(fresh.venv / "bin" / "python")
    asked = json.dumps([["--app", "wsgi", *without_flags(arguments)] for arguments in commands])
    result = fresh.run([python, "-c", _ASK_FLASK], environ, asked)
    assert result.returncode == 0, result.stderr
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    faults = []
    for arguments, (code, output) in zip(commands, answers, strict=True):
        if code or missing_flags(arguments, output):
            faults.append(f"flask {shlex.join(arguments)}: {output[-200:] if code else 'unknown flag'}")
    return faults


def test_the_search_finds_commands() -> None:
    """A search that finds nothing would prove nothing."""
    flask, make = documented.documented("flask"), documented.documented("make")
    assert ["flask", "mail", "deliver", "--retry"] in flask
    assert ["flask", "doctor", "--stripe"] in flask
    assert {("make", "demo"), ("make", "migrate"), ("make", "test", "ARGS=-k coupon")} <= set(map(tuple, make))
    assert {"migrate", "serve", "worker", "demo-reset"} <= set(documented.make_targets())


def test_a_command_that_does_not_exist_is_found(fresh: Clone, environ: dict[str, str]) -> None:
    """Nor a flag."""
    wrong = [["orders", "vanish"], ["doctor", "--stripes"], ["nosuch"]]
    assert len(faults_of_flask(fresh, environ, [*wrong, ["db", "upgrade"], ["doctor", "--stripe"]])) == 3


def test_every_documented_flask_command_exists(fresh: Clone, environ: dict[str, str]) -> None:
    assert faults_of_flask(fresh, environ, [arguments[1:] for arguments in documented.documented("flask")]) == []


def test_every_documented_module_runs(fresh: Clone, environ: dict[str, str]) -> None:
    """`python -m …` answers to --help, and knows the flags that are named."""
    for arguments in documented.documented("python"):
        assert arguments[1] == "-m", arguments
        result = fresh.run([*arguments[:3], "--help"], environ)
        assert result.returncode == 0, result.stderr
        assert missing_flags(arguments[3:], result.stdout) == []


def recipe(fresh: Clone, *arguments: str) -> list[list[str]]:
    """Return the commands that `make` would run."""
    result = fresh.run(fresh.make("--dry-run", *arguments), {"PATH": "/usr/bin:/bin"})
    assert result.returncode == 0, result.stderr
    lines = result.stdout.replace("\\\n", " ").splitlines()
    return [shlex.split(line.replace("$PPID", "1"), comments=True) for line in lines]


def words_of_make(arguments: list[str]) -> Iterator[str]:
    """Yield the names of variables that a command line of `make` sets."""
    yield from (word.partition("=")[0] for word in arguments if "=" in word)


def test_every_documented_target_exists(fresh: Clone) -> None:
    """With the variables that are named beside it, which a recipe or a program of it reads."""
    programs = [*(ROOT / "benchmarks").glob("*.py"), ROOT / "Makefile"]
    sources = "".join(path.read_text() for path in programs)
    for arguments in documented.documented("make"):
        assert recipe(fresh, *arguments[1:]), arguments
        for name in words_of_make(arguments):
            assert re.search(rf'\$\({name}\)|"{name}"', sources), arguments


def test_every_program_of_a_recipe_exists(fresh: Clone, environ: dict[str, str]) -> None:
    """Among what the requirements install; `flask` and `python -m` with what they are asked to run."""
    flask = []
    for arguments in recipe(fresh, *documented.make_targets()):
        for n, word in enumerate(arguments):
            path = Path(word)
            if path.is_relative_to(fresh.venv / "bin") and path.name not in _INSTALLED_BY_MAKE:
                assert path.exists(), arguments
                if path.name == "flask":
                    flask.append(arguments[n + 1 :])
                if arguments[n + 1 : n + 2] == ["-m"]:
                    assert is_module(arguments[n + 2]), arguments
    assert ["--app", "wsgi", "db", "upgrade"] in flask
    assert faults_of_flask(fresh, environ, flask) == []


def is_module(name: str) -> bool:
    """Return whether the shop has a module, or a package, that can be run by this name."""
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()
