"""Labels of reviews: their state for the author, and averages as numbers."""

from flask_babel import lazy_gettext as _l

from storefront.enums import ProductReviewStatus

_STATUSES = {
    ProductReviewStatus.PENDING: _l("En revisión"),
    ProductReviewStatus.APPROVED: _l("Publicada"),
    ProductReviewStatus.REFUSED: _l("No publicada"),
}
_TONES = {
    ProductReviewStatus.PENDING: "waiting",
    ProductReviewStatus.APPROVED: "good",
    ProductReviewStatus.REFUSED: "bad",
}


def review_status_label(status: ProductReviewStatus) -> str:
    """Return the state of a review."""
    return str(_STATUSES[status])


def review_status_tone(status: ProductReviewStatus) -> str:
    """Return the colour of that state."""
    return _TONES[status]


def average_label(average: float, language: str) -> str:
    """Return an average of stars with its one decimal, such as `4,5`."""
    text = f"{average:.1f}"
    return text if language == "en" else text.replace(".", ",")


def stars_text(stars: int) -> str:
    """Return stars as characters, five of them."""
    return "★" * stars + "☆" * (5 - stars)
