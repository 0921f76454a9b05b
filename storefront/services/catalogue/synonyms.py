"""What people call things otherwise than the shop does, as staff edit it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from storefront.database import db, transaction
from storefront.domain.search import SearchSynonym, forget_vocabulary
from storefront.domain.search.synonyms import MAX_MEANINGS
from storefront.domain.search.words import words_of
from storefront.enums import AuditAction, AuditObject
from storefront.errors import InvalidInput, NotFound
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.text import clean

MOST = 500
"""Synonyms that there may be: every process reads all of them once a minute."""

_MAX_WORD, _MAX_MEANING = 40, 40


def list_all() -> Sequence[SearchSynonym]:
    """Return every synonym by its word."""
    return db.session.scalars(select(SearchSynonym).order_by(SearchSynonym.word)).all()


def get(synonym_id: int) -> SearchSynonym:
    """Return a synonym, or raise `NotFound`."""
    row = db.session.get(SearchSynonym, synonym_id, populate_existing=True)
    if row is None:
        raise NotFound(synonym_id=synonym_id)
    return row


def add(word: str, meanings: str, *, staff: Actor) -> str:
    """Add a synonym and return its word; raise `InvalidInput` with `synonym` or `meanings`."""
    written, meant = _checked(word, meanings)
    try:
        with transaction():
            every = list_all()
            if any(row.word == written for row in every):
                raise InvalidInput({"synonym": "taken"})
            if len(every) >= MOST:
                raise InvalidInput({"synonym": "too_many"})
            db.session.add(SearchSynonym(word=written, meanings=meant))
            _record(AuditAction.CREATED, written, staff, after={"meanings": meant})
    except IntegrityError as error:  # somebody else added it a moment ago
        raise InvalidInput({"synonym": "taken"}) from error
    forget_vocabulary()
    return written


def change(synonym_id: int, meanings: str, *, seen: str, staff: Actor) -> str:
    """Change what a word means and return the word; `seen` is what the page showed.

    Raises `NotFound`, or `InvalidInput` with `meanings`: also `changed_meanwhile` if it means something else by now.
    """
    with transaction():
        row = db.session.scalar(select(SearchSynonym).where(SearchSynonym.id == synonym_id).with_for_update())
        if row is None:
            raise NotFound(synonym_id=synonym_id)
        word, meant = _checked(row.word, meanings)
        before = row.meanings
        if before not in (seen, meant):
            raise InvalidInput({"meanings": "changed_meanwhile"})
        if before != meant:
            row.meanings = meant
            _record(AuditAction.CHANGED, word, staff, before={"meanings": before}, after={"meanings": meant})
    forget_vocabulary()
    return word


def remove(synonym_id: int, *, staff: Actor) -> str:
    """Delete a synonym and return its word, or raise `NotFound`."""
    with transaction():
        row = get(synonym_id)
        word = row.word
        _record(AuditAction.REMOVED, word, staff, before={"meanings": row.meanings})
        db.session.delete(row)
    forget_vocabulary()
    return word


def _checked(word: str, meanings: str) -> tuple[str, str]:
    """Return both as they are stored: one word, and the words it means, each once, with spaces between them."""
    problems = {}
    typed, meant = clean(word).split(), clean(meanings.replace(",", " ")).split()
    if not typed:
        problems["synonym"] = "required"
    elif len(typed) > 1 or not list(words_of(typed[0])):
        problems["synonym"] = "one_word"
    elif len(typed[0]) > _MAX_WORD:
        problems["synonym"] = "too_long"
    own = typed[0].casefold() if typed else ""
    wanted = list(dict.fromkeys(one.casefold() for one in meant))
    if not wanted:
        problems["meanings"] = "required"
    elif len(wanted) > MAX_MEANINGS or any(len(one) > _MAX_MEANING for one in wanted):
        problems["meanings"] = "too_long"
    elif any(not list(words_of(one)) for one in wanted):
        problems["meanings"] = "invalid"
    elif own in wanted:
        problems["meanings"] = "itself"
    if problems:
        raise InvalidInput(problems)
    return own, " ".join(wanted)


def _record(action: AuditAction, word: str, staff: Actor, **facts: dict[str, object]) -> None:
    audit.record(staff, action, AuditObject.TEXT, word, **facts)
