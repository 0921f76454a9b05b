"""What every email says of the shop."""

from storefront.settings import seller, settings


def shop_context() -> dict[str, str]:
    """Return what every email contains about the shop."""
    values, sold_by = settings(), seller()
    return {
        "name": values.SHOP_NAME,
        "seller": sold_by.name,
        "nit": sold_by.nit,
        "address": sold_by.address,
        "phone": sold_by.phone,
        "email": sold_by.email,
        "base_url": values.BASE_URL,
    }
