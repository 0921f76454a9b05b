"""Colombian street addresses in their usual notation, as couriers read them."""

import re

_KINDS = {
    "Avenida Carrera": ("avenida carrera", "av carrera", "av cra", "av kra", "ak"),
    "Avenida Calle": ("avenida calle", "av calle", "av cll", "av cl", "ac"),
    "Calle": ("calle", "cll", "clle", "cl"),
    "Carrera": ("carrera", "cra", "kra", "crr", "cr", "kr"),
    "Diagonal": ("diagonal", "diag", "dg"),
    "Transversal": ("transversal", "transv", "trans", "tv"),
    "Circular": ("circular", "circ"),
    "Avenida": ("avenida", "avda", "av"),
}
_KIND_OF = {spelling: kind for kind, spellings in _KINDS.items() for spelling in spellings}
_UNITS = frozenset(
    {"apto", "apartamento", "casa", "torre", "bloque", "int", "interior", "piso", "of", "oficina", "local"}
    | {"barrio", "conjunto", "edificio", "manzana", "mz", "lote"}
)

_KIND = "|".join(sorted((re.escape(word).replace(r"\ ", r"\.?\s+") for word in _KIND_OF), key=len, reverse=True))
_WAY = r"\d{1,3}(?:[a-z]\b|\s[a-h]\b)?(?:\s?bis\b(?:\s?[a-z]\b)?)?(?:\s(?:sur|norte|este|oeste)\b)?"
_STREET = re.compile(
    rf"(?P<kind>{_KIND})\.?\s*(?P<way>{_WAY})\s*(?:(?:#|n[°ºo]\.?|nro\.?|num\.?)\s*|\s)"
    rf"(?P<crossing>{_WAY})\s*(?:[-–]\s*|\s)(?P<plate>\d{{1,3}}(?:\s(?:sur|norte|este|oeste)\b)?)"
    r"(?P<rest>[\s,].*)?",
    re.IGNORECASE,
)


def normalise_street(street: str) -> str:
    """Return ``cra 7 12 34 apto 501`` as ``Carrera 7 # 12-34 Apto 501``; what is not understood stays as typed."""
    match = _STREET.fullmatch(street.strip())
    if match is None:
        return street
    kind = _KIND_OF[" ".join(match["kind"].lower().replace(".", " ").split())]
    head = f"{kind} {_way(match['way'])} # {_way(match['crossing'])}-{_way(match['plate'])}"
    rest = (match["rest"] or "").strip()
    if not rest:
        return head
    return head + ("" if rest.startswith(",") else " ") + _rest(rest)


def _way(text: str) -> str:
    """Return a street number as written on plates: ``7 a bis sur`` is ``7A Bis Sur``."""
    joined = re.sub(r"^(\d+)\s?([a-z])\b", lambda match: match[1] + match[2].upper(), text, flags=re.IGNORECASE)
    number, *words = joined.split()
    return " ".join([number, *(word.capitalize() for word in words)])


def _rest(rest: str) -> str:
    """Return the complement with the usual words capitalised and everything else untouched."""
    return " ".join(word.capitalize() if word.lower().strip(".,") in _UNITS else word for word in rest.split())
