"""Phone numbers in national format."""

import re

_COLOMBIAN = re.compile(r"\+57(\d{3})(\d{3})(\d{4})")


def phone_label(number: str) -> str:
    """Return a number as it is dialled here, ``300 123 4567``; one of another country as it is."""
    match = _COLOMBIAN.fullmatch(number)
    return " ".join(match.groups()) if match else number
