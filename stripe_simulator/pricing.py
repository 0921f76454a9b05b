"""The arithmetic of a session: lines, discount, shipping, total; integers in minor units."""

from __future__ import annotations

from . import objects
from .errors import invalid
from .records import Json, Record, UnitOfWork

MAXIMUM = 999_999_999_999


def lines(work: UnitOfWork, given: list[Json], *, has_trial: bool = False) -> list[Json]:
    """Return the session's line items, undiscounted, making a product and a price for inline data."""
    items = [_line(work, line, f"line_items[{index}]", has_trial) for index, line in enumerate(given)]
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise invalid("All prices on a Checkout Session must use the same currency.", "line_items")
    return items


def _line(work: UnitOfWork, line: Json, path: str, has_trial: bool) -> Json:
    price = _price(work, line, path)
    product = work.get("product", price["product"], path)
    is_due = not (has_trial and price["recurring"])
    return objects.line_item(product.body["name"], price, line["quantity"], line.get("metadata", {}), is_due=is_due)


def _price(work: UnitOfWork, line: Json, path: str) -> Json:
    if "price" in line:
        return work.get("price", line["price"], f"{path}[price]").body
    data = line["price_data"]
    if "product" in data:
        product = work.get("product", data["product"], f"{path}[price_data][product]").body
    else:
        product = work.add(Record(objects.product(data["product_data"], work.now))).body
    return work.add(Record(objects.price(data, product["id"], work.now), parent=product["id"])).body


def discount_of(coupon: Json, subtotal: int) -> int:
    """Return the discount of a coupon, at most the subtotal; half a unit is rounded up."""
    if coupon["amount_off"] is not None:
        return min(int(coupon["amount_off"]), subtotal)
    hundredths = round(float(coupon["percent_off"]) * 100)
    return min(subtotal, (subtotal * hundredths + 5000) // 10000)


def allocate_discount(items: list[Json], discount: int) -> None:
    """Split a discount over the lines in proportion, the remaining units going to the largest remainders."""
    subtotal = sum(item["amount_subtotal"] for item in items)
    if not subtotal:
        return
    shares = [divmod(discount * item["amount_subtotal"], subtotal) for item in items]
    remainder = discount - sum(share for share, _ in shares)
    by_remainder = sorted(range(len(items)), key=lambda index: -shares[index][1])
    for index, item in enumerate(items):
        item["amount_discount"] = shares[index][0] + (1 if index in by_remainder[:remainder] else 0)
        item["amount_total"] = item["amount_subtotal"] - item["amount_discount"]


def check_total(total: int, currency: str, minimum: int) -> None:
    """Refuse totals that a card cannot carry; zero is the free path."""
    if 0 < total < minimum:
        raise invalid(
            f"The Checkout Session's total amount must convert to at least 50 cents. {total} {currency} (minor units) "
            f"is below the minimum of {minimum}.",
            "line_items",
            "amount_too_small",
        )
    if total > MAXIMUM:
        raise invalid(
            f"The Checkout Session's total amount must be no more than {MAXIMUM}.", "line_items", "amount_too_large"
        )
