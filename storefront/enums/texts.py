"""What staff write for the shop, beside its goods."""

from enum import StrEnum


class TextPage(StrEnum):
    """The pages whose text staff write, in versions; members are their addresses."""

    TERMS = "terms"
    PRIVACY = "privacy"
    RETURNS = "returns"
    ABOUT = "about"


class ShopPart(StrEnum):
    """What staff write about the shop itself, each part with a version of its own."""

    BANNER = "banner"
    CONTACT = "contact"
    SELLER = "seller"
