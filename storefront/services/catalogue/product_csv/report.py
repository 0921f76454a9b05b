"""What a file of products does to the shop, or why it cannot: counts, changes by cell, refusals by line and column."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A row as spreadsheets count it, the header being 1, and the line of the text where it begins."""

    row: int
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cell cannot be taken, or what of it is left as the shop has it; `column` is empty for a whole row."""

    place: Place
    column: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A row that adds a variant or changes something; `cells` are (column, before, after)."""

    place: Place
    slug: str
    sku: str
    is_new: bool
    cells: tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class Report:
    """What a file would do, or did if it `is_applied`; `notes` are figures that it gave and that do not count."""

    rows: int = 0
    unchanged: int = 0
    products_created: int = 0
    products_changed: int = 0
    variants_created: int = 0
    variants_changed: int = 0
    categories: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    is_applied: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """Return the figures without the rows."""
        return {
            "rows": self.rows,
            "products_created": self.products_created,
            "products_changed": self.products_changed,
            "variants_created": self.variants_created,
            "variants_changed": self.variants_changed,
            "unchanged": self.unchanged,
        }
