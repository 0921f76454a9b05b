"""What the owner says of the shop: the banner, how to reach it, who sells, and the texts of its pages in versions."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base
from storefront.enums import TextPage

MAX_BANNER = 200
MAX_LINK = 300
MAX_LINE = 160
MAX_PHONE = 40
MAX_EMAIL = 254


class ShopDetails(Base):
    """Banner, contact and seller, in the only row; each part has a version, 0 until somebody saves it.

    What is empty of the contact is as the seller's, and the seller is the environment's until the version is 1.
    """

    __tablename__ = "shop_details"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_row"),
        CheckConstraint("banner_starts_at < banner_ends_at", name="banner_days_in_order"),
        CheckConstraint(
            "banner_link = '' OR substr(banner_link, 1, 8) = 'https://' OR substr(banner_link, 1, 1) = '/'",
            name="banner_link_usable",
        ),
        CheckConstraint("ltrim(contact_whatsapp, '0123456789') = ''", name="whatsapp_digits"),
        CheckConstraint("seller_version = 0 OR (seller_name <> '' AND seller_nit <> '')", name="seller_named"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    banner_text: Mapped[str] = mapped_column(String(MAX_BANNER), default="", server_default="")
    banner_text_en: Mapped[str] = mapped_column(String(MAX_BANNER), default="", server_default="")
    banner_link: Mapped[str] = mapped_column(String(MAX_LINK), default="", server_default="")
    banner_starts_at: Mapped[datetime | None]
    banner_ends_at: Mapped[datetime | None]
    banner_version: Mapped[int] = mapped_column(default=0, server_default="0")
    contact_email: Mapped[str] = mapped_column(String(MAX_EMAIL), default="", server_default="")
    contact_phone: Mapped[str] = mapped_column(String(MAX_PHONE), default="", server_default="")
    contact_whatsapp: Mapped[str] = mapped_column(String(15), default="", server_default="")
    contact_hours: Mapped[str] = mapped_column(String(MAX_LINE), default="", server_default="")
    contact_hours_en: Mapped[str] = mapped_column(String(MAX_LINE), default="", server_default="")
    contact_version: Mapped[int] = mapped_column(default=0, server_default="0")
    seller_name: Mapped[str] = mapped_column(String(MAX_LINE), default="", server_default="")
    seller_nit: Mapped[str] = mapped_column(String(20), default="", server_default="")
    seller_address: Mapped[str] = mapped_column(String(MAX_LINE), default="", server_default="")
    seller_phone: Mapped[str] = mapped_column(String(MAX_PHONE), default="", server_default="")
    seller_email: Mapped[str] = mapped_column(String(MAX_EMAIL), default="", server_default="")
    seller_version: Mapped[int] = mapped_column(default=0, server_default="0")


class PageText(Base):
    """A version of a page's text in both languages, never changed; version 0 is the text that the shop came with.

    Rows are only added, so that an order's version of the terms can be read for as long as the order is. `seller` is
    whose data stood in the text when it was saved, unknown of versions that are older than this column.
    """

    __tablename__ = "page_texts"
    __table_args__ = (
        CheckConstraint("version > 0", name="version_counted"),
        CheckConstraint("text <> '' AND text_en <> ''", name="written"),
    )

    page: Mapped[TextPage] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(String(254))
    seller: Mapped[dict[str, str] | None] = mapped_column(JSON)
