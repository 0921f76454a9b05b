"""What became of the mutants: a score for each file, the survivors by name, and a failure under nine of ten."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

WANTED = 0.9

# How mutmut ends the process of a mutant: these are the ones that tell something; a mutant that hangs is noticed, too.
UNTESTED, NOTICED = (5, 33), (1, 3, 24, 36, 152, 255, -24)


def read(folder: Path) -> Iterator[tuple[str, dict[str, int]]]:
    """Return each file with the exit codes of the mutants that were tried."""
    for path in sorted((folder / "mutants").rglob("*.py.meta")):
        codes = json.loads(path.read_text())["exit_code_by_key"]
        tried = {name: code for name, code in codes.items() if code is not None}
        if tried:
            yield str(path.relative_to(folder / "mutants")).removesuffix(".meta"), tried


def main(folder: Path) -> int:
    """Print the scores and return the exit code."""
    total, noticed = 0, 0
    for name, codes in read(folder):
        alive = sorted(key for key, code in codes.items() if code not in NOTICED)
        print(f"{name:44} {len(codes) - len(alive):5} of {len(codes):5}  {1 - len(alive) / len(codes):6.1%}")
        for key in alive:
            print(f"    {'no test' if codes[key] in UNTESTED else 'survived'}  {key}")
        total, noticed = total + len(codes), noticed + len(codes) - len(alive)
    if not total:
        print("No mutant was tried.")
        return 1
    print(f"{'all':44} {noticed:5} of {total:5}  {noticed / total:6.1%}")
    return 0 if noticed / total >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
