"""The markup of pages that staff write: what it makes, and that nothing else passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from storefront.markup import problem_of, render

WORDS = {"vendedor": "Peso & Fuerza S.A.S.", "nit": "901.234.567-7", "correo": "hola@ejemplo.co"}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("Uno\ndos\n\n\nTres", "<p>Uno<br>dos</p>\n<p>Tres</p>"),
        ("## Título\ntexto", "<h2>Título</h2>\n<p>texto</p>"),
        ("### Menor\n## Mayor", "<h3>Menor</h3>\n<h2>Mayor</h2>"),
        ("- a\n- b\nfin", "<ul><li>a</li><li>b</li></ul>\n<p>fin</p>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("- a\n1. b", "<ul><li>a</li></ul>\n<ol><li>b</li></ol>"),
        ("# no\n#### no\n-no\n1.no", "<p># no<br>#### no<br>-no<br>1.no</p>"),
        ("De {vendedor}, NIT {nit}", "<p>De Peso &amp; Fuerza S.A.S., NIT 901.234.567-7</p>"),
        ("{otra} {", "<p>{otra} {</p>"),
        ("[aquí](/returns).", '<p><a href="/tienda/returns">aquí</a>.</p>'),
        ("[SIC](https://www.sic.gov.co)", '<p><a href="https://www.sic.gov.co">SIC</a></p>'),
        ("[{correo}](mailto:{correo})", '<p><a href="mailto:hola@ejemplo.co">hola@ejemplo.co</a></p>'),
        ("[a](javascript:x)", "<p>[a](javascript:x)</p>"),
        ("[a](//mal.example)", "<p>[a](//mal.example)</p>"),
        ("[a](/\\mal.example)", "<p>[a](/\\mal.example)</p>"),
        ("[a](http://mal.example)", "<p>[a](http://mal.example)</p>"),
        ('[<b>](/x"onclick="y)', '<p><a href="/tienda/x&#34;onclick=&#34;y">&lt;b&gt;</a></p>'),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("- [a](/b)\r\n- c", '<ul><li><a href="/tienda/b">a</a></li><li>c</li></ul>'),
    ],
)
def test_what_it_makes(text: str, html: str) -> None:
    assert render(text, WORDS, "/tienda") == html


@given(st.text(alphabet="<>\"'&#-1. []()/{}abhtpsjvcript:\n", max_size=80))
def test_no_tag_but_its_own_ever_passes(text: str) -> None:
    made = render(text, {})
    for tag in ("p", "br", "h2", "h3", "ul", "ol", "li"):
        made = made.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    made = made.replace("</a>", "")
    for part in made.split('<a href="')[1:]:
        url, mark, _rest = part.partition('">')
        assert mark
        assert url.startswith(("/", "https://"))
        assert not url.startswith("//")
    assert "<" not in made.replace('<a href="', "")


@given(st.text(alphabet="abc <>&\"'", max_size=40))
def test_plain_text_stays_what_it_was(text: str) -> None:
    line = " ".join(text.split("\n")).strip()
    assert render(line, {}) == (f"<p>{escape(line)}</p>" if line else "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "required"),
        ("a" * 101, "too_long"),
        ("Hola {nit}", ""),
        ("Hola {cedula}", "unknown_word"),
        ("[a](/returns) y [b](https://b.co)", ""),
        ("[a](ftp://b)", "bad_link"),
        ("[a](/dos palabras)", "bad_link"),
        ("[a]()", "bad_link"),
        ("entre [corchetes] y (paréntesis)", ""),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    assert problem_of(text, WORDS, 100) == code
