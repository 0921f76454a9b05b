"""What people call things otherwise than the shop does; staff edit it."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base

MAX_MEANINGS = 10


class SearchSynonym(Base):
    """A word that people type, and the words of the catalogue that it also finds, separated by spaces."""

    __tablename__ = "search_synonyms"
    __table_args__ = (CheckConstraint("word <> '' AND meanings <> ''", name="both_given"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(String(40), unique=True)
    meanings: Mapped[str] = mapped_column(String(400))
