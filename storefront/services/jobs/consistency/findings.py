"""Findings of the consistency check."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree or is missing, and the command or step that repairs it."""

    area: str
    what: str
    repair: str
