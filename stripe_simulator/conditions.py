"""Rules between the parameters of one request."""

from __future__ import annotations

from typing import Any

from .errors import invalid, not_supported
from .schema import Rule, missing


def exclusive(*names: str) -> Rule:
    """At most one of these may be given, even when its value is false."""

    def rule(values: dict[str, Any], path: str) -> None:
        given = [name for name in names if name in values]
        if len(given) > 1:
            message = f"You may only specify one of these parameters: {', '.join(sorted(given))}."
            raise invalid(message, given[0], "parameters_exclusive")

    return rule


def one_of(*names: str) -> Rule:
    """At least one of these must be given."""

    def rule(values: dict[str, Any], path: str) -> None:
        if not any(name in values for name in names):
            where = f" in {path}" if path else ""
            message = f"One of the following params should be provided for this request: {' or '.join(names)}{where}."
            raise invalid(message, path or names[0], "parameter_missing")

    return rule


def only_in(mode: str, *names: str) -> Rule:
    """These parameters belong to one mode of Checkout."""

    def rule(values: dict[str, Any], path: str) -> None:
        for name in names:
            if name in values and values["mode"] != mode:
                raise invalid(f"You can not pass `{name}` in `{values['mode']}` mode.", name)

    return rule


def needs(name: str, condition: str, *wanted: str, default: str = "") -> Rule:
    """A parameter is required where another one, or its default, has one of these values."""

    def rule(values: dict[str, Any], path: str) -> None:
        if values.get(condition, default) in wanted and not values.get(name):
            raise missing(name)

    return rule


def together(name: str, other: str) -> Rule:
    """A parameter makes no sense without another one."""

    def rule(values: dict[str, Any], path: str) -> None:
        if name in values and other not in values:
            raise missing(other)

    return rule


def shipping_in_payment_mode(values: dict[str, Any], path: str) -> None:
    """Stripe has no shipping rates outside payment mode."""
    if "shipping_options" in values and values["mode"] != "payment":
        raise invalid("Only Checkout with payment mode supports shipping options", "shipping_options")


def one_time_in_payment_mode(values: dict[str, Any], path: str) -> None:
    """A recurring price needs subscription mode."""
    recurring = any("recurring" in line.get("price_data", {}) for line in values.get("line_items", []))
    if recurring and values["mode"] == "payment":
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices.",
            "line_items",
        )


def recurring_in_subscription_mode(values: dict[str, Any], path: str) -> None:
    """Subscription mode needs a recurring price, and the recurring prices of a session have one interval."""
    if values["mode"] != "subscription":
        return
    intervals = [
        line["price_data"]["recurring"]
        for line in values.get("line_items", [])
        if "recurring" in line.get("price_data", {})
    ]
    has_known_price = any("price" in line for line in values.get("line_items", []))
    if not intervals and not has_known_price:
        raise invalid("You must provide at least one recurring price in `subscription` mode.", "line_items")
    if len({(each["interval"], each.get("interval_count", 1)) for each in intervals}) > 1:
        message = "Checkout Sessions do not support multiple prices with different billing intervals."
        raise invalid(message, "line_items")


def at_most_20_one_time_prices(values: dict[str, Any], path: str) -> None:
    """The first invoice of a subscription takes 20 one-time lines."""
    if values["mode"] != "subscription":
        return
    one_time = [line for line in values.get("line_items", []) if "recurring" not in line.get("price_data", {})]
    if len(one_time) > 20 and not any("price" in line for line in one_time):
        message = "You may only provide up to 20 one-time prices in `subscription` mode."
        raise invalid(message, "line_items")


def supported(name: str, *supported_values: str) -> Rule:
    """Of the values that Stripe knows, the simulator supports these."""

    def rule(values: dict[str, Any], path: str) -> None:
        if values.get(name, supported_values[0]) not in supported_values:
            raise not_supported(f"{name}={values[name]}", name)

    return rule
