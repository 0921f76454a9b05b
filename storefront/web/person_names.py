"""One field for a name on the page, two in an address."""

from collections.abc import Mapping


def split_name(full_name: str) -> tuple[str, str]:
    """Return given and family names, as most Colombians write them: of four words two are each."""
    words = full_name.split()
    given = 2 if len(words) >= 4 else 1
    return " ".join(words[:given]), " ".join(words[given:])


def join_name(address: Mapping[str, str]) -> str:
    """Return the full name of an address."""
    return f"{address.get('first_name', '')} {address.get('last_name', '')}".strip()
