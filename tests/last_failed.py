"""Print the tests that failed in pytest's last run, one a line: `.ci/run` runs them once more."""

import json
from pathlib import Path

_CACHE = Path(".pytest_cache/v/cache/lastfailed")


def failed_tests() -> list[str]:
    """Return the names of what failed in the last run; empty when all passed or nothing ran."""
    return sorted(json.loads(_CACHE.read_text())) if _CACHE.exists() else []


if __name__ == "__main__":
    print(*failed_tests(), sep="\n", end="")
