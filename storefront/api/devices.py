"""The customer's logins in browsers and apps: list them, end one or all."""

from typing import Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.schemas.common import ShortListSchema, slice_of
from storefront.api.schemas.devices import DevicesSchema
from storefront.api.tokens import current_customer
from storefront.i18n import device_label
from storefront.services.accounts import devices

bp = ApiBlueprint("devices-api", __name__, url_prefix="/api", description="Signed-in browsers and phones.")


@bp.operation("GET", "/me/devices", limit="read", query=ShortListSchema, response=DevicesSchema)
def list_devices(query: dict[str, Any]) -> dict[str, Any]:
    """List the browsers and apps in which the account is open, this one first."""
    person = current_customer()
    is_staff = person.staff_role is not None
    logins = devices.list_for(person.customer_id, current=person.login_id, is_staff=is_staff)
    return slice_of([_with_name(device) for device in logins], query)


@bp.operation("DELETE", "/me/devices/<device_id>", limit="change", status=204, refuses=(404,))
def end_device(device_id: str) -> None:
    """Sign one out, this one too if it is named."""
    devices.end(current_customer().customer_id, device_id)


@bp.operation("POST", "/auth/logout-all", limit="change", status=204)
def logout_all() -> None:
    """End every login of the account, in browsers and apps, this one too."""
    devices.end_all(current_customer().customer_id)


@bp.operation("POST", "/auth/logout-others", limit="change", status=204)
def logout_others() -> None:
    """End every login of the account but this one."""
    devices.end_others(current_customer().customer_id, current=current_customer().login_id)


def _with_name(device: devices.Device) -> dict[str, Any]:
    return {
        "device_id": device.device_id,
        "name": device_label(device.browser, device.system, is_app=device.is_app),
        "kind": "app" if device.is_app else "browser",
        "signed_in_at": device.signed_in_at,
        "last_seen_at": device.last_seen_at,
        "current": device.is_current,
    }
