"""The colours of the shop against each other: words at 4.5 to 1, the focus and fields' borders at 3 to 1."""

import re

import pytest

from config import ROOT

STYLE = (ROOT / "static" / "css" / "shop.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
)
WORDS = [
    ("ink", "paper"), ("ink", "soft"), ("muted", "paper"), ("muted", "soft"), ("accent", "paper"), ("accent", "soft"),
    ("on-accent", "accent"), ("on-night", "night"), ("good", "good-soft"), ("warn", "warn-soft"), ("bad", "bad-soft"),
    ("bad", "paper"), ("accent-strong", "accent-soft"),
]  # fmt: skip
SHAPES = [("focus", "paper"), ("focus", "soft"), ("field-line", "paper"), ("accent", "paper")]

PAIRS = [(*pair, 4.5) for pair in WORDS] + [(*pair, 3.0) for pair in SHAPES]


def luminance(colour: str) -> float:
    """Return how light a colour is, as WCAG reckons."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"), [(*pair, 4.5) for pair in WORDS] + [(*pair, 3.0) for pair in SHAPES]
)
def test_colours_can_be_told_apart(theme: str, front: str, back: str, least: float) -> None:
    colours = LIGHT if theme == "light" else LIGHT | DARK
    assert contrast(colours[front], colours[back]) >= least


def test_the_focus_on_the_dark_header_can_be_seen() -> None:
    (outline,) = re.findall(r"\.site-header :focus-visible \{ outline-color: (#[0-9a-f]{6}); \}", STYLE)
    assert contrast(outline, LIGHT["night"]) >= 3
    assert contrast(outline, DARK["night"]) >= 3
