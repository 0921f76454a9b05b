"""Options of a product, such as size and colour, and its facts; both are stored as JSON."""

from collections.abc import Sequence
from typing import TypedDict

MAX_OPTIONS = 3
"""Options that one product can have."""

SEPARATOR = "\x1f"  # the unit separator of ASCII, which no form lets through


class ProductOption(TypedDict):
    """An option with its values in order; `values_en` says each of them in English, in the same order."""

    name: str
    name_en: str
    values: list[str]
    values_en: list[str]


class OptionInLanguage(TypedDict):
    """An option in one language, with its values in order."""

    name: str
    values: list[str]


class Fact(TypedDict):
    """A fact of a product in both languages, such as weight: 2 lb."""

    name: str
    name_en: str
    value: str
    value_en: str


def fact_in(fact: Fact, language: str) -> dict[str, str]:
    """Return a fact's name and value in a language of the shop."""
    ending = "_en" if language == "en" else ""
    return {"name": fact[f"name{ending}"], "value": fact[f"value{ending}"]}  # type: ignore[literal-required]


def option_in(option: ProductOption, language: str) -> OptionInLanguage:
    """Return an option's name and its values in a language of the shop."""
    if language == "en":
        return {"name": option["name_en"], "values": option["values_en"]}
    return {"name": option["name"], "values": option["values"]}


def option_key(values: Sequence[str]) -> str:
    """Return the values of a variant as one text, by which a product has each combination once."""
    return SEPARATOR.join(values)


def values_of(key: str) -> list[str]:
    """Return the values that `option_key` wrote."""
    return key.split(SEPARATOR) if key else []


def options_in(options: Sequence[ProductOption], values: Sequence[str], language: str) -> dict[str, str]:
    """Return a variant's values by the names of the options, in a language of the shop."""
    return {
        option["name_en"] if language == "en" else option["name"]: _value_in(option, value, language)
        for option, value in zip(options, values, strict=False)
    }


def options_label(options: Sequence[ProductOption], values: Sequence[str], language: str) -> str:
    """Return what tells a variant from the others of its product, such as `M, negro`; empty where there is only one."""
    return ", ".join(options_in(options, values, language).values())


def _value_in(option: ProductOption, value: str, language: str) -> str:
    if language != "en" or value not in option["values"]:
        return value
    return option["values_en"][option["values"].index(value)]
