"""Standard delivery in every zone, as columns that come with the statement of a product's page."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, cast, select

from storefront.domain.catalogue.gallery import RowsAsJson
from storefront.domain.shipping.rates import Tariff
from storefront.domain.shipping.tariff import METHOD_COLUMNS, ZONE_COLUMNS, ShippingMethod, ShippingRate, tariff_of
from storefront.enums import Method, Zone

_ZONES = select(cast(RowsAsJson(*ZONE_COLUMNS), String)).where(ShippingRate.method == Method.STANDARD)
STANDARD_COLUMNS = (_ZONES.scalar_subquery(), *METHOD_COLUMNS)
"""What `standard_tariff` reads, for a statement that joins the row of standard delivery (`IS_STANDARD`)."""

IS_STANDARD = ShippingMethod.code == Method.STANDARD


def standard_tariff(columns: Sequence[Any]) -> Tariff:
    """Return the tariff of standard delivery, without any row if the shop has no such method."""
    zones, base_minor, *terms = columns
    if base_minor is None:
        return tariff_of(())
    rates = json.loads(zones or "[]") or [(None, 0, 0, 0)]
    named = ((Zone(zone) if zone else None, *rate) for zone, *rate in rates)
    return tariff_of((Method.STANDARD, *rate, base_minor, *terms) for rate in named)
