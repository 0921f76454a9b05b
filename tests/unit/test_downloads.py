"""Ranges, names in headers, and sizes in words; no database."""

import re
from urllib.parse import unquote

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from storefront.i18n import size_label
from storefront.seed.pdf import typeset
from storefront.text import disposition
from storefront.web.ranges import NotSatisfiable, requested_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("", None),
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=99-", (99, 100)),
        ("bytes=90-1000", (90, 100)),
        ("bytes=-1", (99, 100)),
        ("bytes=-500", (0, 100)),
        ("Bytes=0-5", (0, 6)),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=-0", None),  # Werkzeug reads no bytes at all as no range, and a server may ignore any range
        ("bytes=", None),
        ("bytes=a-b", None),
        ("bytes=0-1,4-5", None),
        ("items=0-1", None),
        ("bytes=١-٢", None),
        ("bytes=0-9\n", None),
        (f"bytes={'9' * 5000}-", None),
    ],
)
def test_a_range_is_read_as_the_standard_says(header: str | None, part: tuple[int, int] | None) -> None:
    assert requested_range(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=999999999999-"])
def test_a_range_beyond_the_end_cannot_be_sent(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        requested_range(header, 100)


def test_an_empty_file_has_no_part() -> None:
    assert requested_range(None, 0) is None
    with pytest.raises(NotSatisfiable):
        requested_range("bytes=0-", 0)


def saved_as(header: str) -> str:
    """Return the name under which a client saves the file, read by somebody else's parser."""
    return parse_options_header(header)[1]["filename"]


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("Plan de 12 semanas.pdf", "Plan de 12 semanas.pdf"),
        ("Guía rápida – año nuevo.pdf", "Guía rápida – año nuevo.pdf"),
        ('di "hola".pdf', "di _hola_.pdf"),
        ("50% off; x=y.pdf", "50% off; x=y.pdf"),
        ("a\r\nSet-Cookie: x=y.pdf", "aSet-Cookie_ x=y.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\temp\\x.pdf", "C__temp_x.pdf"),
        ("factura\u202efdp.exe", "facturafdp.exe"),
        ("計画.pdf", "計画.pdf"),
        ("💪.pdf", "💪.pdf"),
        ("", "archivo"),
        (" . ", "archivo"),
    ],
)
def test_a_file_is_saved_under_its_name_whatever_it_is(name: str, saved: str) -> None:
    assert saved_as(disposition(name)) == saved


@given(st.text())
@example("℅")
@example("＂; filename=x")
def test_no_name_breaks_the_header(name: str) -> None:
    """Nothing but printable ASCII, three parts, and a name on both."""
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    found = re.fullmatch(
        r"""attachment; filename="([^"\\/%]+)"; filename\*=UTF-8''([!#$&+.^_`|~A-Za-z0-9%-]+)""", header
    )
    assert found
    assert saved_as(header) == unquote(found[2])


@pytest.mark.parametrize(
    ("size", "spanish", "english"),
    [
        (0, "1 KB", "1 KB"),
        (3417, "3,4 KB", "3.4 KB"),
        (27_400, "27 KB", "27 KB"),
        (999_400, "999 KB", "999 KB"),
        (999_600, "1 MB", "1 MB"),
        (1_250_000, "1,2 MB", "1.2 MB"),
        (734_003_200, "734 MB", "734 MB"),
        (4_700_000_000, "4,7 GB", "4.7 GB"),
        (9_000_000_000_000, "9.000 GB", "9,000 GB"),
    ],
)
def test_a_size_is_said_as_people_read_it(app: Flask, size: int, spanish: str, english: str) -> None:
    for language, words in (("es", spanish), ("en", english)):
        with app.test_request_context("/"), force_locale(language):
            assert size_label(size).replace("\N{NO-BREAK SPACE}", " ") == words


def test_the_typesetter_is_the_same_every_time_and_points_at_its_objects() -> None:
    """Every place in the table of a PDF is where that object begins."""
    text = "# Título (uno)\nUn párrafo con \\ y tildes: ñ á é.\n- punto\n| tabla\n---\n" + "línea\n" * 80
    made = typeset(text)
    assert made == typeset(text)
    start = int(made.rsplit(b"startxref\n", 1)[1].split()[0])
    table = made[start:].split(b"trailer")[0].splitlines()[3:]
    for number, entry in enumerate(table, 1):
        assert made[int(entry[:10]) :].startswith(b"%d 0 obj\n" % number)
    assert len(re.findall(rb"/Type /Page\b", made)) == 4
    assert made.endswith(b"%%EOF\n")
