"""Pictures of products: where they stand, what they show, and the names of their files."""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base
from storefront.ids import new_id

WIDTHS = (320, 640, 1280)
"""Widths that pages ask for; a narrower picture has its own width as the last one."""

SHARING_WIDTH, SHARING_HEIGHT = 1200, 630
"""The widest that other sites show of a link, and the least height with it; they want a JPEG."""

DIGEST_LENGTH = 32
FOLDER = "pictures/"
"""Where in the store they are; whatever is here is public."""

ADDRESS = "/media/"
"""Where browsers find them."""

MAX_ALT_LENGTH = 300
_FILE_NAME = re.compile(rf"[0-9a-f]{{{DIGEST_LENGTH}}}(-[1-9][0-9]{{1,3}}\.webp|\.jpg)", re.ASCII)


def widths_of(width: int) -> list[int]:
    """Return the widths in which a picture of this width is kept: never wider than it is."""
    return sorted({min(width, one) for one in WIDTHS})


def ending(width: int) -> str:
    """Return what follows the digest in the name of a picture of one width."""
    return f"-{width}.webp"


def sharing_ending() -> str:
    """Return what follows the digest in the name of the picture that other sites show."""
    return ".jpg"


def is_file_name(text: str) -> bool:
    """Return whether the last part of an address can be that of a file of a picture."""
    return _FILE_NAME.fullmatch(text) is not None


def media_type(name: str) -> str:
    """Return what `Content-Type` says of a file of a picture."""
    return "image/jpeg" if name.endswith(sharing_ending()) else "image/webp"


class Picture(Base):
    """One picture of a product; its files are named by the digest of what they contain.

    One that shows a single variant has its `variant_id`. `width` and `height` are those of the largest file. A
    picture has alternative texts, unless it is decorative.
    """

    __tablename__ = "pictures"
    __table_args__ = (
        CheckConstraint("width > 0 AND height > 0", name="size_positive"),
        CheckConstraint("position >= 0", name="position_not_negative"),
        CheckConstraint("is_decorative OR (alt_es <> '' AND alt_en <> '')", name="described"),
        Index("ix_pictures_order", "product_id", "position", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    variant_id: Mapped[str | None] = mapped_column(ForeignKey("variants.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), index=True)
    width: Mapped[int]
    height: Mapped[int]
    alt_es: Mapped[str] = mapped_column(String(MAX_ALT_LENGTH), default="")
    alt_en: Mapped[str] = mapped_column(String(MAX_ALT_LENGTH), default="")
    is_decorative: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    @property
    def name(self) -> str:
        """Return the name by which orders keep it, and `picture_names` finds its files."""
        return f"{self.digest}-{self.width}"

    @property
    def srcset(self) -> str:
        """Return the attribute of an `img`: every file with its width."""
        return ", ".join(f"{self.url(width)} {width}w" for width in widths_of(self.width))

    @property
    def sharing_url(self) -> str:
        """Return the path of the JPEG that other sites show."""
        return f"{ADDRESS}{self.digest}{sharing_ending()}"

    @property
    def names(self) -> list[str]:
        """Return the names of its files in the store."""
        return names_of(self.digest, self.width)

    def url(self, width: int) -> str:
        """Return the path of the smallest file that is at least so wide, or of the largest."""
        kept = widths_of(self.width)
        return f"{ADDRESS}{self.digest}{ending(next((one for one in kept if one >= width), kept[-1]))}"

    def alt_in(self, language: str) -> str:
        """Return the alternative text in a language of the shop; a decorative picture has none."""
        if self.is_decorative:
            return ""
        return self.alt_en if language == "en" else self.alt_es


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the digest that names a picture, of all of its files by the ending of their names."""
    together = sha256()
    for name in sorted(files):
        together.update(files[name])
    return together.hexdigest()[:DIGEST_LENGTH]


def names_of(digest: str, width: int) -> list[str]:
    """Return the names in the store of the files of a picture so wide."""
    return [f"{FOLDER}{digest}{sharing_ending()}", *(f"{FOLDER}{digest}{ending(one)}" for one in widths_of(width))]
