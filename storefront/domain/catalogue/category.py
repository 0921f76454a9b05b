"""Categories, and the addresses that categories and products had before."""

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, column, select, table
from sqlalchemy.orm import Mapped, column_property, mapped_column

from storefront.database import Base
from storefront.enums import PageKind

_upper = table("categories", column("id", Integer), column("slug", String(60))).alias("upper_category")


class Category(Base):
    """A category of products; one that has a `parent_id` stands under another, one level deep."""

    __tablename__ = "categories"
    __table_args__ = (CheckConstraint("parent_id <> id", name="not_its_own_parent"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    is_visible: Mapped[bool] = mapped_column(default=True, server_default="1")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"), index=True)

    parent_slug: Mapped[str | None] = column_property(
        select(_upper.c.slug).where(_upper.c.id == parent_id).correlate_except(_upper).scalar_subquery()
    )

    @property
    def slugs(self) -> tuple[str, ...]:
        """Return its slug, and that of the category that it stands under."""
        return (self.slug, self.parent_slug) if self.parent_slug else (self.slug,)

    def name_in(self, language: str) -> str:
        """Return the name in a language of the shop."""
        return self.name_en if language == "en" else self.name


class FormerSlug(Base):
    """An address that a product or category had; it leads to the present one for ever."""

    __tablename__ = "former_slugs"

    kind: Mapped[PageKind] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    target_id: Mapped[str] = mapped_column(String(26))
