"""The texts of pages: terms, privacy, returns and about, of which each saving makes a new version.

Version 0 is the text that the shop came with, in `standard/`; nobody can change what was saved.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import func, select

from storefront import clock
from storefront.database import db, insert_once, transaction
from storefront.domain.shop_text import PageText
from storefront.enums import AuditAction, AuditObject, TextPage
from storefront.errors import EditConflict, InvalidInput, NotFound
from storefront.markup import problem_of
from storefront.services import audit, shop_texts
from storefront.services.audit import Actor
from storefront.settings import Seller, seller

MAX_TEXT = 30_000
_STANDARD = Path(__file__).parent / "standard"


@dataclass(frozen=True, slots=True)
class TextVersion:
    """A version of a page's text; version 0 has no day and nobody who saved it."""

    page: TextPage
    version: int
    text: str
    text_en: str
    saved_at: datetime | None = None
    saved_by: str = ""
    seller: Seller | None = None

    def text_in(self, language: str) -> str:
        """Return the text in a language."""
        return self.text_en if language == "en" else self.text


def words(sold_by: Seller | None = None) -> dict[str, str]:
    """Return what the words in braces of a text stand for: a seller's data, of now unless another one is given."""
    sold_by = sold_by or seller()
    return {
        "vendedor": sold_by.name,
        "nit": sold_by.nit,
        "direccion": sold_by.address,
        "correo": sold_by.email,
        "telefono": sold_by.phone,
    }


def get(page: TextPage, version: int) -> TextVersion:
    """Return a version of a page's text, or raise `NotFound`."""
    if version == 0:
        return standard(page)
    row = db.session.get(PageText, (page, version)) if version <= 2**31 - 1 else None
    if row is None:
        raise NotFound(page=page, version=version)
    return _version(row)


def newest(page: TextPage) -> TextVersion:
    """Return the newest version of a page's text, as the table has it now."""
    statement = select(PageText).where(PageText.page == page).order_by(PageText.version.desc()).limit(1)
    row = db.session.scalar(statement)
    return standard(page) if row is None else _version(row)


def history(page: TextPage) -> Sequence[TextVersion]:
    """Return all versions of a page's text without their texts, the newest first."""
    columns = select(PageText.version, PageText.saved_at, PageText.saved_by).where(PageText.page == page)
    rows = db.session.execute(columns.order_by(PageText.version.desc()))
    saved = [TextVersion(page, row.version, "", "", row.saved_at, row.saved_by) for row in rows]
    return [*saved, TextVersion(page, 0, "", "")]


def latest() -> dict[TextPage, TextVersion]:
    """Return the newest version of each page without its texts."""
    newest_of = select(PageText.page, func.max(PageText.version).label("version")).group_by(PageText.page).subquery()
    columns = select(PageText.page, PageText.version, PageText.saved_at, PageText.saved_by).join(
        newest_of, (PageText.page == newest_of.c.page) & (PageText.version == newest_of.c.version)
    )
    saved = {row.page: row for row in db.session.execute(columns)}
    return {
        page: TextVersion(page, saved[page].version, "", "", saved[page].saved_at, saved[page].saved_by)
        if page in saved
        else TextVersion(page, 0, "", "")
        for page in TextPage
    }


def problems_of(text: str, text_en: str) -> dict[str, str]:
    """Return an error code for each language whose text cannot be saved."""
    known = words()
    codes = {name: problem_of(one, known, MAX_TEXT) for name, one in (("page_text", text), ("page_text_en", text_en))}
    return {name: code for name, code in codes.items() if code}


def save(page: TextPage, text: str, text_en: str, version: int, *, staff: Actor) -> int:
    """Add a version after the one that was read, and return its number.

    Raises `InvalidInput`, or `EditConflict` with the newest version where somebody saved one meanwhile.
    """
    if problems := problems_of(text, text_en):
        raise InvalidInput(problems)
    with transaction():
        stored = newest(page)
        values = {
            "page": page,
            "version": version + 1,
            "text": text,
            "text_en": text_en,
            "saved_at": clock.now(),
            "saved_by": staff.name[:254],
            "seller": asdict(seller()),
        }
        if stored.version != version or not insert_once(PageText, values, unique=("page", "version")):
            raise EditConflict(typed=(text, text_en), stored=newest(page), seen=version, version=newest(page).version)
        before, after = {"version": version}, {"version": version + 1}
        audit.record(staff, AuditAction.CHANGED, AuditObject.TEXT, page, before=before, after=after)
    shop_texts.forget()
    return version + 1


@cache
def standard(page: TextPage) -> TextVersion:
    """Return the text that the shop came with."""
    spanish, english = (
        (_STANDARD / f"{page}.{language}.txt").read_text(encoding="utf-8").strip() for language in ("es", "en")
    )
    return TextVersion(page, 0, spanish, english)


def _version(row: PageText) -> TextVersion:
    sold_by = Seller(**row.seller) if row.seller else None
    return TextVersion(row.page, row.version, row.text, row.text_en, row.saved_at, row.saved_by, sold_by)
