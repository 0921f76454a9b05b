"""The settings of the running shop, for packages that do not import Flask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import current_app, has_app_context

from config import Config
from storefront.enums import TextPage


def settings() -> Config:
    """Return the settings that `create_app` was given."""
    return cast(Config, current_app.extensions["settings"])


@dataclass(frozen=True, slots=True)
class DeliveryTexts:
    """What the shop calls its ways of delivery and its carriers, and where and when orders are picked up.

    Names and hours are (Spanish, English); what is empty or absent is as the shop's own texts and settings say.
    """

    methods: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    carriers: Mapping[str, str] = field(default_factory=dict)
    pickup_address: str = ""
    pickup_hours: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Banner:
    """A notice on the shop's pages, (Spanish, English), from one moment until another; None is no such end."""

    text: tuple[str, str]
    link: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def is_shown(self, now: datetime) -> bool:
        """Return whether pages show it at this moment."""
        return not (self.starts_at and now < self.starts_at) and not (self.ends_at and now >= self.ends_at)


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells: on receipts, on the review page, in the footer, in the texts of pages and in mails."""

    name: str
    nit: str
    address: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Contact:
    """How shoppers reach the shop; hours are (Spanish, English), and WhatsApp's number is digits with the country's."""

    email: str = ""
    phone: str = ""
    whatsapp: str = ""
    hours: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class ShopTexts:
    """What staff wrote for the shop's pages; `versions` are the newest ones of pages' texts, absent where none is."""

    delivery: DeliveryTexts = field(default_factory=DeliveryTexts)
    banner: Banner | None = None
    contact: Contact = field(default_factory=Contact)
    seller: Seller | None = None
    versions: Mapping[TextPage, int] = field(default_factory=dict)


def shop_texts() -> ShopTexts:
    """Return what staff wrote, as some seconds ago at most; `create_app` says who reads it."""
    if not has_app_context():
        return ShopTexts()
    return cast("Callable[[], ShopTexts]", current_app.extensions["shop_texts"])()


def seller(texts: ShopTexts | None = None) -> Seller:
    """Return who sells, as the owner saved it, else as the environment says."""
    saved, values = (texts or shop_texts()).seller, settings()
    return saved or Seller(
        values.SELLER_NAME, values.SELLER_NIT, values.SELLER_ADDRESS, values.SELLER_PHONE, values.SELLER_EMAIL
    )


def contact(texts: ShopTexts | None = None) -> Contact:
    """Return how the shop is reached; e-mail and phone are the seller's where nothing else was saved."""
    texts = texts or shop_texts()
    saved, otherwise = texts.contact, seller(texts)
    return Contact(saved.email or otherwise.email, saved.phone or otherwise.phone, saved.whatsapp, saved.hours)
