"""Other names for values of a product's options, such as `Azul marino` for `Azul`.

A variant whose value is renamed stays the same one: carts, unpaid orders, units and pictures keep it. Only somebody
who knows the product can tell a new name from a value that is sold no more, so a form asks about `lost_values`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from storefront.domain.catalogue import Product, ProductOption, Variant, option_key
from storefront.services.catalogue.drafts import ValueRename
from storefront.text import fold


@dataclass(frozen=True, slots=True)
class LostValue:
    """A value of the option at this place that is typed no more; `names` are the new ones which it may have become.

    `likely` is the one of them that stands where it stood, or an empty text.
    """

    option: int
    old: str
    names: tuple[str, ...]
    likely: str


def lost_values(stored: Sequence[ProductOption], typed: Sequence[ProductOption]) -> list[LostValue]:
    """Return the stored values that may have got another name; none where the options themselves are others."""
    if len(stored) != len(typed) or _change_places(stored, typed):
        return []
    found = []
    for place, (before, after) in enumerate(zip(stored, typed, strict=True)):
        lost = [value for value in before["values"] if value not in after["values"]]
        new = tuple(value for value in after["values"] if value not in before["values"])
        if new:
            likely = new if len(lost) == len(new) else ("",) * len(lost)
            found += [LostValue(place, old, new, name) for old, name in zip(lost, likely, strict=True)]
    return found


def renamed(values: Sequence[str], renames: Sequence[ValueRename]) -> tuple[str, ...]:
    """Return the values of a variant with their new names."""
    names = {(rename.option, rename.old): rename.new for rename in renames if rename.new}
    return tuple(names.get((place, value), value) for place, value in enumerate(values))


def problems_of(
    options: Sequence[ProductOption],
    variants: Sequence[Variant],
    typed: Sequence[ProductOption],
    renames: Sequence[ValueRename],
) -> dict[str, str]:
    """Return an error code for each name that a value of a stored product cannot get."""
    possible = {(lost.option, lost.old): lost.names for lost in lost_values(options, typed)}
    wanted = Counter((rename.option, rename.new) for rename in renames)
    keys = Counter(renamed(variant.option_values, renames) for variant in variants)
    problems = {}
    for index, rename in enumerate(renames):
        if not rename.new:
            continue
        if rename.new not in possible.get((rename.option, rename.old), ()):
            problems[f"renames-{index}-new"] = "invalid"
        elif wanted[rename.option, rename.new] > 1:
            problems[f"renames-{index}-new"] = "twice"
        elif any(keys[key] > 1 and key[rename.option] == rename.new for key in keys if len(key) > rename.option):
            problems[f"renames-{index}-new"] = "sold_before"
    return problems


def rename(product: Product, renames: Sequence[ValueRename]) -> None:
    """Give the values of all variants their new names, those sold no more too; inside the caller's transaction."""
    for variant in product.variants:
        values = renamed(variant.option_values, renames)
        if list(values) != variant.option_values:
            variant.option_values, variant.option_key = list(values), option_key(values)


def _change_places(stored: Sequence[ProductOption], typed: Sequence[ProductOption]) -> bool:
    """Return whether an option stands where another one stood."""
    places = {fold(option["name"]): place for place, option in enumerate(stored)}
    return any(places.get(fold(option["name"]), place) != place for place, option in enumerate(typed))
