"""The rules of the house, checked against the house itself."""

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from flask import Flask
from flask_migrate import downgrade, upgrade

from config import ROOT
from storefront import errors
from storefront.cli.i18n import write_template
from storefront.database import Base, db
from storefront.i18n import explain
from tests.conftest import build

pytestmark = pytest.mark.dialects

LARGEST_FILE = 350
SHOP_FILES = sorted((ROOT / "storefront").rglob("*.py"))
SIMULATOR_FILES = sorted((ROOT / "stripe_simulator").rglob("*.py"))


def test_imports_point_down_only() -> None:
    """The contracts of pyproject.toml hold."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    result = subprocess.run(
        [sys.executable, "-c", command, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout


def test_no_file_is_too_long() -> None:
    """A file past the limit should become a package of the same name."""
    lengths = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in SHOP_FILES + SIMULATOR_FILES}
    assert len(lengths) > 200
    assert {name: lines for name, lines in lengths.items() if lines > LARGEST_FILE} == {}


def read_settings() -> set[str]:
    """Return every variable that the shop and its start-up files read from the environment."""
    files = (ROOT / "config.py", ROOT / "gunicorn.conf.py", *(ROOT / "storefront" / "demo").glob("*.py"))
    asked = r"""(?:get\(|environ\[|(?:_number|_flag)\((?:environ, )?)"([A-Z][A-Z_]+)\""""
    return {name for path in files for name in re.findall(asked, path.read_text())}


def test_the_search_for_settings_finds_them() -> None:
    """A pattern that finds nothing would prove nothing."""
    assert {"SECRET_KEY", "MAIL_USE_TLS", "CUT_OFF_HOUR", "DEMO_DIR", "PORT", "SIMULATOR_PORT"} <= read_settings()


@pytest.mark.parametrize("name", sorted(read_settings()))
def test_every_setting_is_documented(name: str) -> None:
    """In `.env.example`, and in the table of the README."""
    assert re.search(rf"^(# )?{name}=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert f"| `{name}` |" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("file", [".env.example", "README.md"])
def test_no_setting_is_documented_that_nobody_reads(file: str) -> None:
    """A renamed setting leaves no trace behind."""
    pattern = r"^(?:# )?([A-Z][A-Z_]+)=" if file == ".env.example" else r"^\| `([A-Z][A-Z_]+)` \|"
    documented = set(re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE))
    assert documented == read_settings()


def refusals() -> list[type[errors.ShopError]]:
    """Return every refusal of the shop."""
    found = [thing for thing in vars(errors).values() if inspect.isclass(thing)]
    return [thing for thing in found if issubclass(thing, errors.ShopError)]


def examples() -> Iterator[errors.ShopError]:
    """Return each refusal with as few facts as its kind allows, and with every word that the shop uses it for."""
    source = "".join(path.read_text() for path in SHOP_FILES)
    for refusal in refusals():
        asked = inspect.signature(refusal).parameters
        if "problems" in asked:
            yield refusal({"email": "missing"})
        elif "code" in asked:
            words = set(re.findall(rf"{refusal.__name__}\(\s*\"(\w+)\"", source))
            yield from (refusal(word) for word in sorted(words))
        else:
            yield refusal()


@pytest.mark.parametrize("error", list(examples()), ids=lambda error: f"{type(error).__name__}-{error.code}")
def test_every_refusal_has_a_sentence(app: Flask, error: errors.ShopError) -> None:
    """A person reads a sentence of their own language, never the machine word nor the sentence for surprises."""
    surprise = errors.ShopError()
    with app.test_request_context("/"):
        sentence, unforeseen = explain(error), explain(surprise)
    assert sentence.strip()
    assert error.code not in sentence
    assert sentence != unforeseen or error.code == surprise.code


def test_every_text_has_its_english(tmp_path: Path) -> None:
    """Spanish is the source; what stands in code and templates stands in the English catalogue too, translated."""
    pot = tmp_path / "messages.pot"
    write_template(str(pot))
    english = ROOT / "storefront" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
    with pot.open("rb") as texts, english.open("rb") as translations:
        catalogue = read_po(translations)
        missing = [
            text.id for text in read_po(texts) if text.id and not is_translated(catalogue.get(text.id, text.context))
        ]
    assert missing == []


def is_translated(message: Message | None) -> bool:
    """Return whether a text, with its plural, has a translation that is not a guess."""
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Return a shop on each database, inside its application context."""
    app = build(request.getfixturevalue(f"{request.param}_url"))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def table_names() -> set[str]:
    """Return the shop's tables as they are in the database."""
    return set(sqlalchemy.inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_models_and_migrations_agree(migrated: Flask) -> None:
    """Migrating an empty database gives exactly the tables that the code speaks of."""
    with db.engine.connect() as connection:
        of_words = {"ix_products_words", "ix_orders_words", "ix_customers_words"}  # SQLite has none of them
        opts = {"compare_type": True, "include_object": lambda _object, name, *_more: name not in of_words}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_and_up_again(migrated: Flask) -> None:
    """Each revision can be taken back, with goods on the shelves."""
    assert table_names() == set(Base.metadata.tables)
    downgrade(revision="base")
    assert table_names() == set()
    upgrade()
    assert table_names() == set(Base.metadata.tables)


def test_an_embedded_database_lets_people_read_while_somebody_writes(sqlite_url: str) -> None:
    """Migrating switches SQLite's write-ahead log on, for good."""
    engine = sqlalchemy.create_engine(sqlite_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


def test_every_static_file_that_a_template_names_exists() -> None:
    """A wrong name gives a link without a hash, and a page on which only a picture is missing."""
    templates = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.xml")]
    names = {name for path in templates for name in re.findall(r"""\basset\(["']([^"']+)["']\)""", path.read_text())}
    assert len(names) > 5
    assert [name for name in sorted(names) if not (ROOT / "static" / name).is_file()] == []
