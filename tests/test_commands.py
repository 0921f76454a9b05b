"""Whatever staff can do, the command line can do: when the pages are down, orders still leave."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import get_args, is_typeddict

import pytest

from config import ROOT
from storefront import services

SAME = {
    "free_orders.cancel": "admin_orders.cancel",
    "management.end_at_once": "management.end",
    "refunds.promise": "refunds.request_refund",
    "webhook_events.retry": "webhook_events.replay",
}
"""What pages call, and what does the same for commands."""

PAGES_ALONE = (
    "storefront.services.catalogue.",
    "storefront.services.downloads.content",
    "storefront.services.accounts.second_factors",
    "storefront.services.accounts.erasure",
    "storefront.services.coupons.",
    "storefront.services.customer_requests.",
    "storefront.services.customers.",
    "storefront.services.delivery.",
    "storefront.services.figures.",
    "storefront.services.jobs.daily_mail",
    "storefront.services.mail.sent_again",
    "storefront.services.orders.addresses",
    "storefront.services.orders.admin_plans",
    "storefront.services.orders.notes",
    "storefront.services.orders.parcels",
    "storefront.services.orders.shipping_list",
    "storefront.services.texts.",
)
"""What can wait until the pages are back: single changes of goods, coupons, delivery and texts, notes and corrections,
answers to petitions and complaints, files of figures. Orders are sent one by one with `flask orders ship`, plans
end with `flask orders end-plan`. A second factor is one's own. Requests about data have days."""


def staffs_own() -> Iterator[str]:
    """Return every service function that asks who of the staff does it, or is about the staff, as `module.function`."""
    for module in pkgutil.walk_packages(services.__path__, f"{services.__name__}."):
        if module.name.startswith(PAGES_ALONE):
            continue
        for name, thing in vars(importlib.import_module(module.name)).items():
            is_ours = inspect.isfunction(thing) and thing.__module__ == module.name and not name.startswith("_")
            is_about_staff = module.name == "storefront.services.admin.staff"
            if is_ours and (is_about_staff or "staff" in _parameters(thing)):
                yield f"{module.name.rpartition('.')[2]}.{name}"


def _parameters(thing: Callable[..., object]) -> set[str]:
    """Return the names that a function may be called with, those of `**choice: Unpack[RefundChoice]` among them."""
    keywords = [name for hint in thing.__annotations__.values() for kind in get_args(hint) for name in _keys_of(kind)]
    return {*inspect.signature(thing).parameters, *keywords}


def _keys_of(kind: object) -> tuple[str, ...]:
    return tuple(kind.__annotations__) if is_typeddict(kind) else ()


def called_by_commands() -> set[str]:
    """Return what the files of the command line call of services, as `module.function`."""
    return {call for path in (ROOT / "storefront" / "cli").glob("*.py") for call in _calls(ast.parse(path.read_text()))}


def _calls(tree: ast.Module) -> Iterator[str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("storefront.services"):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            yield f"{names.get(node.func.value.id, '')}.{node.func.attr}"


def test_the_search_finds_both_sides() -> None:
    """A search that finds nothing would prove nothing."""
    assert {"fulfilment.ship", "refunds.request_refund", "admin_orders.cancel", "library.reissue", "staff.add"} <= set(
        staffs_own()
    )
    assert {
        "consistency.examine",
        "webhook_events.replay",
        "reconcile.reconcile",
        "cleanup.sweep",
    } <= called_by_commands()


@pytest.mark.parametrize("function", sorted(staffs_own()))
def test_what_staff_do_has_a_command(function: str) -> None:
    assert SAME.get(function, function) in called_by_commands()
