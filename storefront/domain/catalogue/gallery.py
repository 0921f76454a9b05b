"""The pictures of a product in the statement that reads it: the main one as a name, and all of them as JSON."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import JSON, ColumnElement, String, cast, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from storefront.domain.picture import Picture


class GalleryPicture(NamedTuple):
    """A picture as a page shows it; `variant_id` is that of the variant which it shows, if it shows only one."""

    position: int
    id: str
    digest: str
    width: int
    alt_es: str
    alt_en: str
    variant_id: str | None

    @property
    def name(self) -> str:
        """Return the name that `picture_names` reads."""
        return f"{self.digest}-{self.width}"

    def alt_in(self, language: str) -> str:
        """Return the alternative text in a language of the shop."""
        return self.alt_en if language == "en" else self.alt_es


class RowsAsJson(GenericFunction[Any]):
    """All rows of a subquery as one JSON list of lists, so that a page needs no statement for them."""

    type = JSON()
    name = "rows_as_json"
    inherit_cache = True


@compiles(RowsAsJson)
def _for_sqlite(element: RowsAsJson, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **options)}))"


@compiles(RowsAsJson, "postgresql")
def _for_postgresql(element: RowsAsJson, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_agg(json_build_array({compiler.process(element.clauses, **options)}))"


def first_name_where(condition: ColumnElement[bool]) -> ColumnElement[str | None]:
    """Return the name of the first of the pictures that meet a condition, as a column of a statement."""
    name = Picture.digest.concat("-").concat(cast(Picture.width, String))
    first = select(name).where(condition).order_by(Picture.position, Picture.id).limit(1)
    return first.correlate_except(Picture).scalar_subquery()


def rows_where(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    """Return the pictures that meet a condition as one column of a statement, which `gallery_of` reads."""
    columns = (Picture.position, Picture.id, Picture.digest, Picture.width, Picture.alt_es, Picture.alt_en)
    every = select(RowsAsJson(*columns, Picture.variant_id)).where(condition)
    return every.correlate_except(Picture).scalar_subquery()


def gallery_of(rows: Sequence[Sequence[Any]] | None) -> list[GalleryPicture]:
    """Return the pictures of `rows_where` in their order."""
    return sorted((GalleryPicture(*row) for row in rows or ()), key=lambda picture: (picture.position, picture.id))
