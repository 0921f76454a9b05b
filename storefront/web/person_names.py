"""Conversion of names: one field in forms, given and family name in addresses."""

from collections.abc import Mapping


def split_name(full_name: str) -> tuple[str, str]:
    """Return given and family names, as most Colombians write them: of four words two are each."""
    parts = full_name.split()
    count = 2 if len(parts) >= 4 else 1
    return " ".join(parts[:count]), " ".join(parts[count:])


def join_name(address: Mapping[str, str]) -> str:
    """Return the full name of an address."""
    return f"{address.get('first_name', '')} {address.get('last_name', '')}".strip()
