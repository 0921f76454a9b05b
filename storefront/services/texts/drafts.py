"""Banner, contact and seller as they are typed, and what is wrong with them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from storefront.domain.buyer_document import check_document
from storefront.domain.shipping.address import e164
from storefront.domain.shop_text import MAX_BANNER, MAX_LINE, MAX_LINK, MAX_PHONE
from storefront.enums import DocumentType, ShopPart
from storefront.errors import InvalidInput
from storefront.services.accounts.email_addresses import check_email
from storefront.text import line_problem

_URL = re.compile(r"https://[A-Za-z0-9.-]+\.[A-Za-z]{2,}(:[0-9]{1,5})?(/[!-~]*)?")
_PATH = re.compile(r"/(?![/\\])[!-~]*")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{5,}[0-9]")
_WHATSAPP = re.compile(r"[1-9][0-9]{7,14}")
Problems = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BannerDraft:
    """A notice for the shop's pages; without a text there is none."""

    text: str = ""
    text_en: str = ""
    link: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def problems(self) -> Problems:
        """Yield (field, error code)."""
        yield from _both("text", self.text, self.text_en, MAX_BANNER)
        if self.link and not self.text:
            yield "text", "required"
        if len(self.link) > MAX_LINK:
            yield "link", "too_long"
        elif self.link and not _URL.fullmatch(self.link) and not _PATH.fullmatch(self.link):
            yield "link", "invalid"
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            yield "ends_at", "before_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDraft:
    """How shoppers reach the shop; empty e-mail and phone are the seller's."""

    email: str = ""
    phone: str = ""
    whatsapp: str = ""
    hours: str = ""
    hours_en: str = ""

    def problems(self) -> Problems:
        """Yield (field, error code)."""
        yield from _email_and_phone(self.email, self.phone, is_required=False)
        if self.whatsapp and not _WHATSAPP.fullmatch(self.whatsapp):
            yield "whatsapp", "invalid"
        yield from _both("hours", self.hours, self.hours_en, MAX_LINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerDraft:
    """Who sells; the NIT has points and its check digit."""

    name: str = ""
    nit: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""

    def problems(self) -> Problems:
        """Yield (field, error code)."""
        for name, text in (("name", self.name), ("address", self.address)):
            if code := line_problem(text, MAX_LINE):
                yield name, code
        if code := _nit_problem(self.nit):
            yield "nit", code
        yield from _email_and_phone(self.email, self.phone, is_required=True)


PartDraft = BannerDraft | ContactDraft | SellerDraft
DRAFTS: Mapping[ShopPart, type[PartDraft]] = {
    ShopPart.BANNER: BannerDraft,
    ShopPart.CONTACT: ContactDraft,
    ShopPart.SELLER: SellerDraft,
}


def names_of(part: ShopPart) -> list[str]:
    """Return the names of a part's fields."""
    return [one.name for one in fields(DRAFTS[part])]


def problems_of(draft: PartDraft) -> dict[str, str]:
    """Return an error code for each field that holds what cannot be; the first one counts."""
    return dict(reversed(list(draft.problems())))


def whatsapp_digits(typed: str) -> str:
    """Return WhatsApp's number as digits with the country's; a Colombian mobile needs none."""
    digits = re.sub(r"[\s().-]", "", typed)
    local = e164(typed)
    return (local or digits).removeprefix("+")


def written_nit(typed: str) -> str:
    """Return a NIT as people write it, 901.234.567-7; what is none stays as it was typed."""
    if _nit_problem(typed):
        return typed
    digits = re.sub(r"[^0-9]", "", typed)
    return f"{int(digits[:-1]):,}-{digits[-1]}".replace(",", ".")


def _nit_problem(typed: str) -> str:
    if not typed:
        return "required"
    try:
        check_document(DocumentType.NIT, typed)
    except InvalidInput as refusal:
        return str(refusal.problems["document_number"])
    return ""


def _email_and_phone(email: str, phone: str, *, is_required: bool) -> Problems:
    if email or is_required:
        try:
            check_email(email)
        except InvalidInput as refusal:
            yield "email", refusal.problems["email"]
    if code := line_problem(phone, MAX_PHONE, is_required=is_required):
        yield "phone", code
    elif phone and not _PHONE.fullmatch(phone):
        yield "phone", "invalid"


def _both(name: str, spanish: str, english: str, most: int) -> Problems:
    """Check a text that has both languages or is empty in both."""
    for field_name, text in ((name, spanish), (f"{name}_en", english)):
        if code := line_problem(text, most, is_required=bool(spanish or english)):
            yield field_name, code


def facts_of(draft: PartDraft) -> dict[str, Any]:
    """Return a draft as the audit tells it, where a link is a secret by its name."""
    facts = {one.name.replace("link", "leads_to"): getattr(draft, one.name) for one in fields(draft)}
    return {name: fact.isoformat() if isinstance(fact, datetime) else fact for name, fact in facts.items()}
