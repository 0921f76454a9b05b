"""What requests about the account's settings may contain, by the SDK's own types: the published schemas lack them."""

from __future__ import annotations

import importlib
import re
import typing
from pathlib import Path
from typing import Any

import pytest
import stripe
from stripe._request_options import RequestOptions

from stripe_simulator import operations
from stripe_simulator.event_types import EVENT_TYPES
from stripe_simulator.schema import API_VERSIONS, Spec

REQUESTS = {
    ("POST", "/v1/webhook_endpoints"): "_webhook_endpoint_create_params.WebhookEndpointCreateParams",
    ("GET", "/v1/webhook_endpoints"): "_webhook_endpoint_list_params.WebhookEndpointListParams",
    ("GET", "/v1/webhook_endpoints/{}"): "_webhook_endpoint_retrieve_params.WebhookEndpointRetrieveParams",
    ("POST", "/v1/webhook_endpoints/{}"): "_webhook_endpoint_update_params.WebhookEndpointUpdateParams",
    ("DELETE", "/v1/webhook_endpoints/{}"): "_webhook_endpoint_delete_params.WebhookEndpointDeleteParams",
    ("POST", "/v1/billing_portal/configurations"): (
        "billing_portal._configuration_create_params.ConfigurationCreateParams"
    ),
    ("GET", "/v1/billing_portal/configurations"): "billing_portal._configuration_list_params.ConfigurationListParams",
    ("GET", "/v1/billing_portal/configurations/{}"): (
        "billing_portal._configuration_retrieve_params.ConfigurationRetrieveParams"
    ),
    ("POST", "/v1/billing_portal/configurations/{}"): (
        "billing_portal._configuration_update_params.ConfigurationUpdateParams"
    ),
}
SERVICES = ("_webhook_endpoint_service.py", "billing_portal/_configuration_service.py")


def ours() -> dict[tuple[str, str], operations.Operation]:
    paths = ("/v1/webhook_endpoints", "/v1/billing_portal/configurations")
    played = [operation for operation in operations.OPERATIONS if operation.path.startswith(paths)]
    return {(operation.method, re.sub(r"\{\w+\}", "{}", operation.path)): operation for operation in played}


def test_the_operations_are_exactly_the_sdk_s() -> None:
    folder = Path(stripe.__file__).parent
    calls = re.compile(r'"(get|post|delete)",\s*"(/v1/[^"]+)"')
    known = {call for name in SERVICES for call in calls.findall((folder / name).read_text())}
    assert {(method.upper(), re.sub(r"\{\w+\}", "{}", path)) for method, path in known} == set(ours()) == set(REQUESTS)


@pytest.mark.parametrize("key", REQUESTS, ids=" ".join)
def test_the_rules_name_exactly_the_sdk_s_parameters(key: tuple[str, str]) -> None:
    module, name = REQUESTS[key].rsplit(".", 1)
    types = vars(importlib.import_module(f"stripe.params.{module}"))
    assert list(differences(ours()[key].rules, types[name], types, "")) == []


LISTS = {
    "/v1/subscriptions": "_subscription_list_params.SubscriptionListParams",
    "/v1/invoices": "_invoice_list_params.InvoiceListParams",
}


@pytest.mark.parametrize("path", LISTS)
def test_the_rules_of_a_list_name_exactly_the_sdk_s_parameters(path: str) -> None:
    (operation,) = [one for one in operations.OPERATIONS if (one.method, one.path) == ("GET", path)]
    module, name = LISTS[path].rsplit(".", 1)
    types = vars(importlib.import_module(f"stripe.params.{module}"))
    assert list(differences(operation.rules, types[name], types, "")) == []


def test_the_event_types_are_the_sdk_s() -> None:
    module = importlib.import_module("stripe.params._webhook_endpoint_create_params")
    annotation = module.WebhookEndpointCreateParams.__annotations__["enabled_events"]
    assert set(choices(resolved(annotation, vars(module)))) == {"*", *EVENT_TYPES}
    assert len(EVENT_TYPES) == len(set(EVENT_TYPES))


def differences(spec: Spec, annotation: Any, types: Any, path: str) -> Any:
    """Yield where a rule and a type of the SDK differ: members, kinds, choices, what is required."""
    annotation = resolved(annotation, types)
    if spec.kind in ("unsupported", "metadata", "period"):
        return
    if spec.kind == "record":
        members = {name: kind for name, kind in annotation.__annotations__.items()
                   if name not in RequestOptions.__annotations__}  # fmt: skip
        yield from (f"{path}: {name} is only in one" for name in set(spec.fields) ^ set(members))
        for name in set(spec.fields) & set(members):
            member = spec.fields[name]
            if member.kind != "unsupported" and member.required != (name in annotation.__required_keys__):
                yield f"{path}.{name} is required in one"
            yield from differences(member, members[name], types, f"{path}.{name}")
    elif spec.kind == "array":
        assert spec.item is not None
        yield from differences(spec.item, typing.get_args(annotation)[0], types, f"{path}[]")
    elif spec.choices:
        if set(spec.choices) != set(choices(annotation)):
            yield f"{path} knows {choices(annotation)}"
    elif spec.form == "api_version":
        yield from (f"{path} knows {version}" for version in choices(annotation) if not API_VERSIONS.match(version))
    elif annotation is not {"text": str, "boolean": bool, "integer": int}[spec.kind]:
        yield f"{path} is a {annotation}"


def resolved(annotation: Any, types: Any) -> Any:
    """Return what an annotation stands for; of a choice with the empty text, the other one."""
    while True:
        if isinstance(annotation, (str, typing.ForwardRef)):
            annotation = eval(getattr(annotation, "__forward_arg__", annotation), dict(types))
        elif typing.get_origin(annotation) in (typing.NotRequired, typing.Required):
            annotation = typing.get_args(annotation)[0]
        elif ((parts := typing.get_args(annotation)) and "|" in str(annotation)) or "Union" in str(annotation)[:14]:
            full = [part for part in parts if typing.get_args(part) != ("",)]
            literal = [part for part in full if typing.get_origin(part) is typing.Literal]
            annotation = (literal or full)[0]
        else:
            return annotation


def choices(annotation: Any) -> list[str]:
    """Return the values of a Literal, inside of a list or not."""
    values = typing.get_args(annotation)
    if typing.get_origin(annotation) is list:
        return choices(values[0])
    return [str(value) for value in values]
