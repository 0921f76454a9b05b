"""Colombia's municipalities by DANE (DIVIPOLA) code, and the zone in which each is served.

Source of ``municipalities.csv``: npm package ``colombia-cities`` 1.0.0 (MIT, 2025-10-04; 1 119 rows), taken over on
2026-11-24 with these changes: accents and capitals of the names corrected, everyday names kept (Cartagena, Cali),
Nuevo Belén de Bajirá under its present code 27493, and the four municipalities missing there added: Norosí 13490,
Guachené 19300, San José de Uré 23682, Tuchín 23815. Rows: 1 123 in 33 departments.
sha256 c41378dd93eae1e483f9c84cfa51d394e6cd7f96cc815bde9351f1c5ee840dc2

The zones are the shop's own: ``local`` is Bogotá and its ring, ``main`` the large cities with their metropolitan
areas, ``remote`` the islands, Amazonas, Guainía, Vaupés, Vichada and the coasts and rivers without a road.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from storefront.domain.shipping.aliases import ABBREVIATIONS, CITY_ALIASES, DEPARTMENT_ALIASES, LIKELIEST
from storefront.enums import Zone
from storefront.text import fold

BOGOTA_CODE = "11001"
CUNDINAMARCA_CODE = "25"

_BY_POPULATION = "11 05 76 25 08 68 13 23 52 54 73 19 41 47 20 15 50 44 17 66 70 63 18 27 85 86 81 95 99 91 88 97 94"
"""Departments from the most to the least populous (DANE projections), only used to choose between equal names."""


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality, or one of the few areas that DANE lists like one."""

    code: str
    name: str
    department_code: str
    department: str
    zone: Zone


@cache
def _by_code() -> dict[str, Municipality]:
    """Return every municipality by its five-digit code, read once."""
    text = files("storefront.domain.shipping").joinpath("municipalities.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {
        row["code"]: Municipality(
            row["code"], row["name"], row["department_code"], row["department"], Zone(row["zone"])
        )
        for row in rows
    }


@cache
def departments() -> tuple[tuple[str, str], ...]:
    """Return the 33 departments as (code, name), Bogotá D.C. among them, in Spanish alphabetical order."""
    pairs = {(place.department_code, place.department) for place in _by_code().values()}
    return tuple(sorted(pairs, key=lambda pair: _spanish_order(pair[1])))


@cache
def municipalities_of(department_code: str) -> tuple[Municipality, ...]:
    """Return a department's municipalities in Spanish alphabetical order, none for an unknown code."""
    places = (place for place in _by_code().values() if place.department_code == department_code)
    return tuple(sorted(places, key=lambda place: _spanish_order(place.name)))


@cache
def _all_in_order() -> tuple[Municipality, ...]:
    """Return every municipality in Spanish alphabetical order."""
    return tuple(sorted(_by_code().values(), key=lambda place: (_spanish_order(place.name), place.code)))


@cache
def _keys() -> dict[str, tuple[str, ...]]:
    """Return by code the comparable name of each municipality, its code, and its other names."""
    return {
        place.code: (_city_key(place.name), place.code, *map(_city_key, CITY_ALIASES.get(place.code, ())))
        for place in _all_in_order()
    }


def search_municipalities(text: str) -> list[Municipality]:
    """Return the municipalities whose name has these letters, those that begin with them first; all for no text.

    Other names and codes count as names, and what is no part of a name is read as `find` does.
    """
    words = _city_key(text)
    if not words:
        return [] if text.strip() else list(_all_in_order())
    found = [place for place in _all_in_order() if any(words in key for key in _keys()[place.code])]
    found.sort(key=lambda place: [not key.startswith(words) for key in _keys()[place.code][:2]])
    return found or [place for place in (find(text),) if place]


def get(code: str) -> Municipality:
    """Return the municipality with this code; KeyError if there is none."""
    return _by_code()[code]


_LONGEST_NAME = 100


def find(city: str, department: str | None = None) -> Municipality | None:
    """Return the municipality people mean by a name (or code), however it is written, or None.

    Without a department an ambiguous name means the place in `LIKELIEST`, else the department's capital if one bears
    it, else the place in the better served zone, else the one in the more populous department. A city may be followed
    by its department and by the country: "Medellín, Antioquia, Colombia".
    """
    key = _city_key(city)
    code = None
    if department is not None and department.strip():
        code = find_department(department)
        if code is None:
            return None
    for words in dict.fromkeys((key, _spelled_out(key))):
        if place := _place(words, code) or _followed_by_department(words, code):
            return place
    return None


def _place(key: str, department_code: str | None) -> Municipality | None:
    """Return the municipality of a comparable name, in a department if one is given."""
    joined = key.replace(" ", "")  # people write Río Negro for Rionegro, and Villacaro for Villa Caro
    named, aliased = _named().get(joined, ()), _aliased().get(joined, ())
    candidates = named or aliased
    if department_code is None:
        return get(LIKELIEST[key]) if key in LIKELIEST else next(iter(candidates), None)
    if department_code == CUNDINAMARCA_CODE and _is_bogota(candidates):
        return candidates[0]
    return next((place for place in (*named, *aliased) if place.department_code == department_code), None)


def _followed_by_department(key: str, department_code: str | None) -> Municipality | None:
    """Return the municipality of a name that ends with its department, which is the one that was given, if any was."""
    words = key.split()
    for end in range(1, len(words)):
        code = _department_codes().get(" ".join(words[end:]))
        if code is None or department_code not in (None, code):
            continue
        if place := _place(" ".join(words[:end]), code):
            return place
    return None


def _spelled_out(key: str) -> str:
    """Return a comparable name without abbreviations: "pto asis" is "puerto asis"."""
    return " ".join(ABBREVIATIONS.get(word, word) for word in key.split())


def find_department(name: str) -> str | None:
    """Return the two-digit code of a department given by name or code, or None."""
    return _department_codes().get(_city_key(name))


@cache
def _department_codes() -> dict[str, str]:
    """Return every department code by itself, by comparable name and by other names."""
    named = {key: code for code, name in departments() for key in (code, _city_key(name))}
    return DEPARTMENT_ALIASES | named


def _is_bogota(candidates: tuple[Municipality, ...]) -> bool:
    """Return whether a name means Bogotá, which many addresses still place in Cundinamarca."""
    return bool(candidates) and candidates[0].code == BOGOTA_CODE


@cache
def _named() -> dict[str, tuple[Municipality, ...]]:
    """Return the municipalities by code and by comparable name without spaces, the likeliest first."""
    return _grouped((key, place) for place in _by_code().values() for key in (place.code, _city_key(place.name)))


@cache
def _aliased() -> dict[str, tuple[Municipality, ...]]:
    """Return the municipalities by what people also call them, the likeliest first."""
    return _grouped(_alias_pairs())


def _alias_pairs() -> Iterator[tuple[str, Municipality]]:
    """Yield each other name with its municipality: the listed ones, and names without their article."""
    for code, names in CITY_ALIASES.items():
        for name in names:
            yield _city_key(name), get(code)
    for place in _by_code().values():
        article, _, rest = _city_key(place.name).partition(" ")
        if article in {"el", "la", "los", "las"}:
            yield rest, place


def _grouped(pairs: Iterator[tuple[str, Municipality]]) -> dict[str, tuple[Municipality, ...]]:
    """Collect pairs by key, each group ordered from the likeliest place to the least likely."""
    groups: dict[str, list[Municipality]] = {}
    for key, place in pairs:
        groups.setdefault(key.replace(" ", ""), []).append(place)
    return {key: tuple(sorted(places, key=_likelihood)) for key, places in groups.items()}


def _likelihood(place: Municipality) -> tuple[bool, int, int, str]:
    """Order places of one name: capitals, then the better served zone, then the more populous department."""
    is_capital = place.code.endswith("001")
    zone_rank = list(Zone).index(place.zone)
    return (not is_capital, zone_rank, _BY_POPULATION.index(place.department_code), place.code)


def _city_key(name: str) -> str:
    """Return a name in comparable form, without country and words for a capital district; nothing for no name."""
    words = fold(name) if len(name) <= _LONGEST_NAME else ""
    for ending in (" colombia", " distrito capital", " d c", " dc"):
        words = words.removesuffix(ending)
    return words


def _spanish_order(name: str) -> str:
    """Return a sort key in which accents do not count and ñ follows n."""
    return "".join(fold(char) or char for char in name.casefold().replace("ñ", "n\uffff"))
