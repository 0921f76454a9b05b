"""Money as integers in minor units (centavos), and the only rounding in the shop.

COP has two decimals at Stripe, so 200 000 pesos are ``20000000``. Prices, fees and
discounts are whole pesos, that is multiples of 100.
"""

from collections.abc import Sequence

PESO = 100
"""Minor units in one peso."""

CURRENCY = "COP"


def pesos(amount: int) -> int:
    """Return whole pesos as minor units."""
    return amount * PESO


def percent_of(amount_minor: int, percent: int) -> int:
    """Return ``percent`` of an amount, rounded half up to the whole peso."""
    return (amount_minor * percent + 50 * PESO) // (100 * PESO) * PESO


def tax_contained(gross_minor: int, basis_points: int) -> int:
    """Return the tax inside a gross amount, rounded half up to the centavo.

    ``basis_points`` is the rate: 1900 is 19 %. Prices include IVA (Ley 1480 de 2011, art. 26), so
    200 000 pesos hold 31 932.77 pesos of it.
    """
    divisor = 10_000 + basis_points
    return (2 * gross_minor * basis_points + divisor) // (2 * divisor)


def split(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount over weights by largest remainder, in whole pesos.

    The parts add up to the amount exactly; ties go to the earlier part. An amount or weights of
    zero give zeros.
    """
    total = sum(weights)
    if total == 0 or amount_minor == 0:
        return [0] * len(weights)
    units, rest = divmod(amount_minor, PESO)
    if rest:
        raise ValueError(f"{amount_minor} is not a whole number of pesos")
    parts = [units * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(units * weights[i] % total), i))
    for index in by_remainder[: units - sum(parts)]:
        parts[index] += 1
    return [part * PESO for part in parts]


def portion(amount_minor: int, part: int, whole: int) -> int:
    """Return what `part` of `whole` units costs of an amount, rounded down to the whole peso; all units cost it all."""
    return amount_minor if part == whole else amount_minor * part // whole // PESO * PESO


def decimal_text(amount_minor: int) -> str:
    """Return an amount in pesos as machines read it: ``129900.00``."""
    whole, cents = divmod(amount_minor, PESO)
    return f"{whole}.{cents:02d}"


def comma_text(amount_minor: int) -> str:
    """Return an amount in pesos as a spreadsheet in Colombia reads it; only a contained tax has centavos."""
    sign, (whole, cents) = "-" if amount_minor < 0 else "", divmod(abs(amount_minor), PESO)
    return f"{sign}{whole},{cents:02d}" if cents else f"{sign}{whole}"


def whole_pesos(amount_minor: int) -> int:
    """Return a contained tax rounded to the peso, as receipts print it; books and exports keep the centavos."""
    return (amount_minor + PESO // 2) // PESO * PESO


def format_money(amount_minor: int, language: str = "es") -> str:
    """Return an amount as people read it: ``$ 200.000`` in Spanish, ``COP 200,000`` in English.

    Centavos are shown only where there are any, as in a contained tax.
    """
    sign = "-" if amount_minor < 0 else ""
    whole, cents = divmod(abs(amount_minor), PESO)
    symbol = "COP" if language == "en" else "$"
    digits = f"{whole:,}" + (f".{cents:02d}" if cents else "")
    return f"{sign}{symbol}\N{NO-BREAK SPACE}{separated(digits, language)}"


def separated(digits: str, language: str) -> str:
    """Return a number that Python wrote, such as ``1,500.25``, with the separators of a language."""
    return digits if language == "en" else digits.translate(str.maketrans(",.", ".,"))
