"""How many examples a property is tried with."""

from hypothesis import settings


def examples(count: int) -> settings:
    """Return settings for a property that wants more examples than others; the profile `dev` gives all of them few."""
    is_quick = settings.get_current_profile_name() == "dev"
    return settings(max_examples=settings().max_examples if is_quick else count)
