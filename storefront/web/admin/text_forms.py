"""The forms of what staff write for the shop's pages: what was typed, and what it means."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField

from storefront.enums import ShopPart
from storefront.i18n import field_message
from storefront.services.texts.drafts import (
    BannerDraft,
    ContactDraft,
    PartDraft,
    SellerDraft,
    problems_of,
    whatsapp_digits,
    written_nit,
)
from storefront.services.texts.pages import TextVersion
from storefront.web.admin.product_form import line
from storefront.web.admin.product_values import Typed, moment_text, or_problem, read_moment
from storefront.web.forms import Form, clean_lines
from storefront.web.number_fields import whole_number


class VersionedForm(Form):
    """A form of one thing with versions; `version` is that of what the page showed."""

    version = HiddenField(default="0")

    @property
    def seen_version(self) -> int:
        """Return the version that the page showed."""
        return whole_number(self.version.data or "") or 0

    @property
    def typed(self) -> list[tuple[str, str]]:
        """Return (name, text) of what is typed, to be sent once more."""
        fields = [field for field in self.all_fields() if field.name != "csrf_token"]
        return [(field.name, str(field.data or "")) for field in fields]


class PartForm(VersionedForm):
    """Banner, contact or seller; messages of its fields are those of `banner_text`, `seller_nit`, …"""

    part: ShopPart

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Show each problem at its field."""
        for field in self.all_fields():
            if field.name in problems:
                field.errors = [field_message(problems[field.name], f"{self.part}_{field.name}")]

    def read(self) -> tuple[PartDraft, dict[str, str]]:
        """Return what is typed, and an error code for each field that does not hold what it should."""
        raise NotImplementedError


class BannerForm(PartForm):
    """The banner: text in both languages, link, and days."""

    part = ShopPart.BANNER
    text = line(_l("Texto"))
    text_en = line(_l("Texto en inglés"))
    link = line(_l("Enlace"))
    starts_at = StringField(_l("Desde"))
    ends_at = StringField(_l("Hasta"))

    def read(self) -> tuple[PartDraft, dict[str, str]]:
        """Return what is typed, and its problems."""
        problems: dict[str, str] = {}
        draft = BannerDraft(
            text=self.text.data or "",
            text_en=self.text_en.data or "",
            link=self.link.data or "",
            starts_at=or_problem(problems, "starts_at", read_moment, self.starts_at.data),
            ends_at=or_problem(problems, "ends_at", read_moment, self.ends_at.data),
        )
        return draft, problems_of(draft) | problems


class ReachForm(PartForm):
    """How shoppers reach the shop."""

    part = ShopPart.CONTACT
    email = line(_l("Correo"))
    phone = line(_l("Teléfono"))
    whatsapp = line(_l("WhatsApp"))
    hours = line(_l("Horario de atención"))
    hours_en = line(_l("Horario de atención, en inglés"))

    def read(self) -> tuple[PartDraft, dict[str, str]]:
        """Return what is typed, and its problems."""
        draft = ContactDraft(
            email=self.email.data or "",
            phone=self.phone.data or "",
            whatsapp=whatsapp_digits(self.whatsapp.data or ""),
            hours=self.hours.data or "",
            hours_en=self.hours_en.data or "",
        )
        return draft, problems_of(draft)


class SellerForm(PartForm):
    """Who sells."""

    part = ShopPart.SELLER
    name = line(_l("Nombre o razón social"))
    nit = line(_l("NIT"))
    address = line(_l("Dirección"))
    phone = line(_l("Teléfono"))
    email = line(_l("Correo"))

    def read(self) -> tuple[PartDraft, dict[str, str]]:
        """Return what is typed, and its problems."""
        draft = SellerDraft(
            name=self.name.data or "",
            nit=written_nit(self.nit.data or ""),
            address=self.address.data or "",
            phone=self.phone.data or "",
            email=self.email.data or "",
        )
        return draft, problems_of(draft)


FORMS: Mapping[ShopPart, type[PartForm]] = {form.part: form for form in (BannerForm, ReachForm, SellerForm)}


class PageTextForm(VersionedForm):
    """The text of a page in both languages."""

    page_text = TextAreaField(_l("Texto"), filters=[clean_lines])
    page_text_en = TextAreaField(_l("Texto en inglés"), filters=[clean_lines])


def typed_of_part(draft: PartDraft, version: int) -> Typed:
    """Return a part as its form shows it."""
    typed: dict[str, Any] = {"version": str(version)}
    for name in draft.__dataclass_fields__:
        value = getattr(draft, name)
        typed[name] = moment_text(value) if name.endswith("_at") else value
    return typed


def typed_of_page(version: TextVersion, seen: int) -> Typed:
    """Return the text of a page as its form shows it; `seen` is the newest version."""
    return {"page_text": version.text, "page_text_en": version.text_en, "version": str(seen)}
