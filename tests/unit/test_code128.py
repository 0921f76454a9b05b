"""Code 128: every symbol is well formed, and a text is drawn as the standard and another program draw it."""

import pytest

from storefront.services.orders import code128

DRAWN = (
    "1101001000011001110010100111011001100111001011001110100100110111001001110011010011100110"
    "1001101110010011101100100111011001001110110011101101110110110011001100011101011"
)


def modules(text: str) -> str:
    """Return a barcode as one digit for each module: 1 is black."""
    drawn = ["0"] * code128.width(text)
    for begins, width in code128.bars(text):
        drawn[begins : begins + width] = "1" * width
    return "".join(drawn)


def test_every_symbol_is_eleven_modules_with_an_even_number_of_black_ones() -> None:
    assert len(set(code128._WIDTHS)) == len(code128._WIDTHS) == 106
    for widths in code128._WIDTHS:
        assert sum(map(int, widths)) == 11
        assert sum(map(int, widths[::2])) % 2 == 0


def test_a_number_is_drawn_as_another_program_draws_it() -> None:
    assert modules("2026-11-0007") == DRAWN


@pytest.mark.parametrize("text", ["", "ñ", "a\n", "\x7f"])
def test_what_the_set_lacks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a text of set B"):
        code128.bars(text)
