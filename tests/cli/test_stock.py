"""`flask stock`: units by the command line, and count sheets as files, all of which is applied or nothing."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from storefront.database import db, transaction
from storefront.domain.catalogue import Product
from storefront.enums import StaffRole
from storefront.services.admin import staff
from storefront.services.audit import Actor
from tests import factories as make
from tests.cli.conftest import Run
from tests.factories import BAR, DUMBBELL, WHEY, sku_of
from tests.fakes import FakeGateway

TUB, DISC, ROD = sku_of(WHEY), sku_of(DUMBBELL), sku_of(BAR)  # 120, 5 and 2 units


def test_units_are_received_written_off_and_corrected(shop: Flask, run: Run) -> None:
    assert run("stock", "receive", TUB, "30", "--note", "remisión 9").output == (
        f"{TUB}: 150 on hand, 0 reserved, 150 available\n"
    )
    assert run("stock", "damage", TUB, "2", "--note", "wet").exit_code == 0
    assert run("stock", "correct", TUB, "-3", "--note", "miscounted").exit_code == 0
    assert make.stock_of(WHEY) == (145, 0)
    lines = run("stock", "history", TUB).output.splitlines()
    assert [line.split("Z  ")[-1].split() for line in lines[:3]] == [
        ["corrected", "-3", "145", "eva", "miscounted"],
        ["damaged", "-2", "148", "eva", "wet"],
        ["received", "+30", "150", "eva", "remisión", "9"],
    ]
    assert lines[3:] == [f"{TUB}: 145 on hand, 0 reserved, 145 available"]


def test_lists_show_what_runs_low(shop: Flask, run: Run) -> None:
    assert f"{TUB}  " in run("stock", "list", "--text", "suero").output
    low = run("stock", "list", "--low").output
    assert ROD in low
    assert TUB not in low
    assert "0 available  low" in run("stock", "list", "--out").output


def test_refusals_are_sentences(shop: Flask, run: Run) -> None:
    make.begin((DUMBBELL, 3))
    for words, code, sentence in (
        (("damage", DISC, "3", "--note", "x"), 1, f"{DISC} has 5 units and 3 are reserved for orders"),
        (("damage", DISC, "3"), 2, "Missing option '--note'"),
        (("correct", DISC, "1", "--note", " "), 1, "(invalid_request problems={'stock_note': 'required'})"),
        (("correct", DISC, "0", "--note", "x"), 1, "(invalid_request problems={'units': 'invalid'})"),
        (("receive", "NO-SUCH", "3"), 1, "(not_found variant=NO-SUCH)"),
        (("receive", TUB, "-3"), 2, "No such option"),
        (("receive", TUB, "3.5"), 2, "not a valid integer"),
        (("history", "NO-SUCH"), 1, "(not_found variant=NO-SUCH)"),
    ):
        done = run("stock", *words)
        assert (done.exit_code, sentence in done.output) == (code, True), (words, done.output)
    assert make.stock_of(DUMBBELL) == (5, 3)


@pytest.mark.parametrize(
    "content",
    [
        f"sku,counted,on_hand\n{TUB},119,120\n{ROD},,2\n{DISC},5,5\n",
        f"\ufeffSKU;Counted;On_hand;Name\r\n{TUB};119;120;Proteína\r\n\r\n{ROD};;2;x\r\n{DISC};5;5;y\r\n",
        f"sku\tcounted\ton_hand\n{TUB}\t119,00\t120\n{ROD}\t\t2\n{DISC}\t5\t5\n",
        f'"name","on_hand","counted","sku"\n"a, b",120,119,{TUB}\nx,2, ,{ROD}\ny,,5,{DISC}\n',
    ],
)
def test_a_file_is_shown_first_and_then_written(
    shop: Flask, gateway: FakeGateway, run: Run, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "count.csv"
    file.write_bytes(content.encode())
    make.pay(gateway, make.begin((WHEY, 2)))
    shown = run("stock", "count", str(file), "--dry-run")
    assert [line.split() for line in shown.output.splitlines()] == [
        ["line", "2", TUB, "-1", "117", "left"],
        ["Nothing", "was", "written:", "2", "counts,", "1", "with", "a", "difference."],
    ]
    assert make.stock_of(WHEY) == (118, 0)
    done = run("stock", "count", str(file), "--note", "year's end")
    assert done.output.splitlines()[-1] == "Written: 2 counts, 1 with a difference."
    assert (make.stock_of(WHEY), make.stock_of(DUMBBELL)) == ((117, 0), (5, 0))
    again = run("stock", "count", str(file))
    assert (again.exit_code, "Line 2, column counted" in again.output) == (1, True)
    assert make.stock_of(WHEY) == (117, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ["Line 1, column sku"]),
        (b"x,y", ["Line 1, column sku", "Line 1, column counted"]),
        (b"sku,counted,counted\nA,1,1\n", ["Line 1, column counted"]),
        (f"sku,counted\n{TUB},1,200\n".encode(), ["Line 2, column sku"]),
        (f'sku,counted\n{TUB},"1\n'.encode(), ["Line 2, column sku"]),
        (b"article,counted\nA,1\n", ["Line 1, column sku"]),
        (f"sku,counted\n{TUB},twelve\n{DISC},-1\n{ROD},1.5\n".encode(), [f"Line {n}, column counted" for n in "234"]),
        (f"sku,counted,on_hand\n{TUB},1,x\n".encode(), ["Line 2, column on_hand"]),
        (f"sku,counted\n{TUB},1\n\n{TUB},2\nNO-SUCH,1\n,4\n".encode(), [f"Line {n}, column sku" for n in (4, 5, 6)]),
        (f"sku,counted\n{TUB},1\n\xe1,1\n".encode("latin-1"), ["Line 3, column sku"]),
        (b"x" * 5_000_001, ["Line 1, column sku"]),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_by_line_and_column_and_nothing_is_written(
    shop: Flask, run: Run, tmp_path: Path, content: bytes, said: list[str]
) -> None:
    file = tmp_path / "count.csv"
    file.write_bytes(content)
    for options in ((), ("--dry-run",)):
        done = run("stock", "count", str(file), *options)
        assert done.exit_code == 1
        assert [line.removeprefix("Error: ").partition(":")[0] for line in done.output.splitlines()] == said
    assert make.stock_of(WHEY) == (120, 0)


def test_a_printed_sheet_is_filled_in_and_counts(shop: Flask, run: Run, tmp_path: Path) -> None:
    with transaction():
        db.session.execute(update(Product).where(Product.slug == WHEY).values(name="=HYPERLINK(1)"))
    printed = run("stock", "sheet").output
    header, *lines = printed.splitlines()
    assert header == "\N{ZERO WIDTH NO-BREAK SPACE}sku;on_hand;counted;name", "what Excel opens in Colombia"
    assert f"{TUB};120;;'=HYPERLINK(1)" in lines
    file = tmp_path / "sheet.csv"
    file.write_text(printed.replace(f"{TUB};120;;", f"{TUB};120;100;"))
    assert run("stock", "count", str(file)).output.splitlines()[-1] == "Written: 1 counts, 1 with a difference."
    assert make.stock_of(WHEY) == (100, 0)


def test_every_command_that_says_who_does_it_asks_for_the_right(shop: Flask, run: Run, tmp_path: Path) -> None:
    staff.add("ivo@example.com", StaffRole.SUPPORT, password="caballo verde 88", staff=Actor("ana"))
    file = tmp_path / "count.csv"
    file.write_text("sku,counted\n")
    more = {"count": (str(file),), "correct": (TUB, "1", "--note", "x"), "damage": (TUB, "1", "--note", "x")}
    group = shop.cli.commands["stock"].commands  # type: ignore[attr-defined]
    asking = [name for name, one in group.items() if any("--as" in option.opts for option in one.params)]
    assert set(asking) == {"receive", "damage", "correct", "count"}
    for name in asking:
        done = run("stock", name, *more.get(name, (TUB, "1")), "--as", "ivo@example.com")
        assert (done.exit_code, "not_permitted role=support" in done.output) == (1, True), name
