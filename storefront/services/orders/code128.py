"""Code 128, the barcode that every scanner of a warehouse reads (ISO/IEC 15417), in its set B: letters and digits."""

_START_B, _MODULUS = 104, 103
_STOP = "2331112"
_ALL = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222"
    "123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321"
    "232121111323131123131321112313132113132311211313231113231311112133112331132131113123113321133121"
    "313121211331231131213113213311213131311123311321331121312113312311332111314111221411431111111224"
    "111422121124121421141122141221112214112412122114122411142112142211241211221114413111241112134111"
    "111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113"
    "114311411113411311113141114131311141411131211412211214211232"
)
_WIDTHS = [_ALL[at : at + 6] for at in range(0, len(_ALL), 6)]
"""By value of a symbol, the widths of its bars and spaces in turn, in modules; the last three begin a barcode."""

QUIET = 10
"""Modules that stay white on each side."""


def bars(text: str) -> list[tuple[int, int]]:
    """Return the bars of a text as (where it begins, width) in modules; raises `ValueError` for what set B has not."""
    values = [ord(char) - 32 for char in text]
    if not values or not all(0 <= value < 95 for value in values):
        raise ValueError(f"not a text of set B: {text!r}")
    check = (_START_B + sum(place * value for place, value in enumerate(values, 1))) % _MODULUS
    widths = "".join(_WIDTHS[value] for value in (_START_B, *values, check)) + _STOP
    found, at = [], 0
    for place, width in enumerate(map(int, widths)):
        if place % 2 == 0:
            found.append((at, width))
        at += width
    return found


def width(text: str) -> int:
    """Return how many modules the bars of a text take, without the white on both sides."""
    begins, last = bars(text)[-1]
    return begins + last
