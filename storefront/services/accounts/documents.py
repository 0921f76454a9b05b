"""The buyer's document, as interfaces check it before they hand it on."""

from storefront.domain.buyer_document import MAX_NUMBER, BuyerDocument, check_document

__all__ = ["MAX_NUMBER", "BuyerDocument", "check_document"]
