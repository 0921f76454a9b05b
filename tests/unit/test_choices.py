"""How much there is to choose from, in words."""

import pytest

from storefront.i18n import choices_label


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Talla", "tallas"),
        ("Color", "colores"),
        ("Sabor", "sabores"),
        ("Tamaño", "tamaños"),
        ("Presentación", "presentaciones"),
        ("Luz", "luces"),
    ],
)
def test_names_of_options_have_a_plural(name: str, words: str) -> None:
    assert choices_label([(name, 3)], "es") == f"3 {words}"


@pytest.mark.parametrize(("name", "words"), [("Size", "sizes"), ("Battery", "batteries"), ("Day", "days")])
def test_names_of_options_have_a_plural_in_english(name: str, words: str) -> None:
    assert choices_label([(name, 3)], "en") == f"3 {words}"


def test_several_options_are_listed() -> None:
    assert choices_label([("Talla", 4), ("Color", 2)], "es") == "4 tallas, 2 colores"
