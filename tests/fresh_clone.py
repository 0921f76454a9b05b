"""A copy of the shop's folder as a fresh clone has it, and commands that run in it with a production environment."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config import ROOT
from tests.campaigns.processes import Process, kill

_NOT_IN_A_CLONE = shutil.ignore_patterns(
    ".git", ".venv", ".env", "instance", "*.mo", "__pycache__", ".*cache", ".hypothesis", "node_modules"
)


def installed(folder: Path) -> Path:
    """Return a virtual environment with what these tests run on, marked as `make` marks a finished installation."""
    venv = folder / "venv"
    venv.mkdir()
    for path in Path(sys.prefix).iterdir():
        if path.name not in {".runtime", ".development"}:
            (venv / path.name).symlink_to(path)
    for stamp in (".runtime", ".development"):
        (venv / stamp).touch()
    return venv


@dataclass(frozen=True)
class Clone:
    """A fresh clone whose `make` finds everything installed."""

    folder: Path
    venv: Path

    def production(self, url: str, **settings: str) -> dict[str, str]:
        """Return the environment of a shop in production: its settings, and the way to its programs."""
        return {
            "PATH": f"{self.venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "DATABASE_URL": url,
            "WEB_CONCURRENCY": "1" if url.startswith("sqlite") else "2",
            "BASE_URL": "https://shop.fitaiid.example",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "JWT_SECRET_KEY": secrets.token_urlsafe(48),
            "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(24)}",
            "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(24)}",
            "MAIL_SERVER": "127.0.0.1",
            **settings,
        }

    def make(self, *words: str) -> list[str]:
        """Return the command line of `make` in this clone."""
        return ["make", "--no-print-directory", f"VENV={self.venv}", *words]

    def run(
        self, command: list[str], environ: Mapping[str, str], text: str | None = None, timeout: float = 180
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, with `text` on its standard input."""
        return subprocess.run(
            command, cwd=self.folder, env=environ, input=text, capture_output=True, text=True, timeout=timeout,
            check=False,
        )  # fmt: skip

    @contextmanager
    def running(self, command: list[str], environ: Mapping[str, str], log: Path) -> Iterator[Process]:
        """Start a command that goes on, and end whatever is left of it."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=self.folder, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        try:
            yield process
        finally:
            kill(process)


def clone(folder: Path) -> Clone:
    """Copy the shop's folder without anything that was made, settled or installed in it."""
    shutil.copytree(ROOT, folder / "shop", ignore=_NOT_IN_A_CLONE)
    return Clone(folder / "shop", installed(folder))
