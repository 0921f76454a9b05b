"""What buyers think of a product: the average of the stars of its approved reviews, and how many they are."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Rating:
    """The average stars with one decimal, None without any review, and the number of reviews."""

    average: float | None
    count: int

    @property
    def whole_stars(self) -> int:
        """Return the stars to draw, rounded half down: only the best average is drawn as five stars."""
        return 0 if self.average is None else ceil(self.average - 0.5)


def rating_of(stars: int, count: int) -> Rating:
    """Return the rating of so many stars in so many reviews, rounded half up; the one place that rounds it."""
    return Rating((20 * stars + count) // (2 * count) / 10, count) if count else Rating(None, 0)
