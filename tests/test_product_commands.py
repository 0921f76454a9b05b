"""`flask products import` and `export` as processes: what is killed on the way leaves nothing, or everything."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy

from config import ROOT
from tests.campaigns.processes import kill, launch, wait_until
from tests.factories import WHEY

pytestmark = pytest.mark.concurrency

SAMPLE = ROOT / "examples" / "products.csv"


@pytest.fixture(
    params=[pytest.param("sqlite", marks=pytest.mark.thorough), pytest.param("postgres", marks=pytest.mark.postgres)]
)
def url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a shop with the demonstration's goods."""
    return str(request.getfixturevalue(f"{request.param}_url"))


def environ(url: str) -> dict[str, str]:
    names = ("PATH", "HOME", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in names if name in os.environ} | {
        "SHOP_PROFILE": "test", "DATABASE_URL": url, "USER": "eva",
    }  # fmt: skip


def flask(url: str, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """Run `flask …` to its end."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    return subprocess.run(command, cwd=ROOT, env=environ(url), capture_output=True, timeout=120, check=False)


def counted(url: str, table: str) -> int:
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())
    finally:
        engine.dispose()


def many(path: Path, rows: int) -> Path:
    """Write a file of as many new variants, two a product."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        of_product = ("slug", "sku", "name_es", "description_es", "category", "brand")
        writer.writerow([*of_product, "price", "stock", "option1_name_es", "option1_value_es"])
        for n in range(rows):
            of_product = (f"producto-{n // 2}", f"SKU-{n}", "Producto", "Una descripción.", "fuerza", "FitAiid")
            writer.writerow([*of_product, "59900", "3", "Talla", "SM"[n % 2]])
    return path


def test_what_is_exported_is_imported_and_a_refused_row_changes_nothing(url: str, tmp_path: Path) -> None:
    done = flask(url, "products", "export")
    assert (done.returncode, done.stderr) == (0, b"")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert WHEY in {row["slug"] for row in rows}
    file = tmp_path / "products.csv"
    assert flask(url, "products", "export", str(file)).returncode == 0
    assert file.read_bytes() == done.stdout

    text = file.read_text(encoding="utf-8").replace(";129900;", ";119.900;", 1)
    file.write_text(text, encoding="utf-8")
    dry = flask(url, "products", "import", "--dry-run", str(file))
    assert dry.returncode == 0, dry.stderr
    assert b"price: 129900 -> 119900" in dry.stdout
    assert dry.stdout.endswith(b"Nothing was changed: this was a dry run.\n")
    assert flask(url, "products", "export").stdout == done.stdout

    file.write_text(text.replace(";134900;", ";0;", 1), encoding="utf-8")
    refused = flask(url, "products", "import", str(file))
    assert refused.returncode == 1
    assert b"refused: Row 2 (line 2), column price: The price must be above 0.\n" in refused.stdout
    in_spanish = flask(url, "products", "import", "--language", "es", str(file))
    assert "columna price: El precio debe ser mayor que 0." in in_spanish.stdout.decode()
    assert flask(url, "products", "export").stdout == done.stdout

    file.write_text(text, encoding="utf-8")
    applied = flask(url, "products", "import", str(file))
    assert (applied.returncode, applied.stdout.splitlines()[-1]) == (0, b"Imported.")
    assert b"checked 42 of 42" in applied.stderr
    assert flask(url, "products", "export").stdout != done.stdout


def test_the_sample_fills_an_empty_shop(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    assert flask(url, "db", "upgrade").returncode == 0
    done = flask(url, "products", "import", str(SAMPLE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (counted(url, "products"), counted(url, "variants")) == (10, 18)
    again = flask(url, "products", "import", str(SAMPLE))
    assert b"18 unchanged" in again.stdout


def test_an_import_that_is_killed_leaves_nothing_and_works_again(url: str, tmp_path: Path) -> None:
    """Killed while it is writing, which its progress tells; the control is the same import without a kill."""
    file = many(tmp_path / "many.csv", 4000)
    before = {table: counted(url, table) for table in ("products", "variants", "stock", "stock_movements")}
    log = tmp_path / "log"
    words = ("-m", "flask", "--app", "wsgi", "products", "import", str(file))
    process = launch(*words, environ=environ(url), log=log)
    try:
        wait_until(lambda: "written" in log.read_text(), "the first products written")
        assert process.poll() is None
    finally:
        kill(process)
    assert {table: counted(url, table) for table in before} == before
    assert flask(url, "products", "import", str(file)).returncode == 0
    after = {table: counted(url, table) - before[table] for table in before}
    assert after == {"products": 2000, "variants": 4000, "stock": 4000, "stock_movements": 4000}
