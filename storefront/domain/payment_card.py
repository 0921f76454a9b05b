"""The card that something was paid with, as far as people know it: its brand and last four digits."""

from typing import NamedTuple

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column


class Card(NamedTuple):
    """A card as its owner recognises it; the brand is the provider's word, such as `visa`."""

    brand: str
    last4: str


class HasCard:
    """The columns of a row that was paid with a card; both are empty for other methods."""

    card_brand: Mapped[str | None] = mapped_column(String(20))
    card_last4: Mapped[str | None] = mapped_column(String(4))

    @property
    def card(self) -> Card | None:
        """Return the card, None where it is not known."""
        return Card(self.card_brand, self.card_last4) if self.card_brand and self.card_last4 else None
