"""Places and addresses, for the doors."""

from storefront.domain.shipping import (
    Address,
    InvalidAddress,
    check_address,
    departments,
    e164,
    find,
    municipalities_of,
)

__all__ = ["Address", "InvalidAddress", "check_address", "departments", "e164", "find", "municipalities_of"]
