"""What something would cost, before anything is ordered: a coupon's worth, and delivery to a place."""

from dataclasses import dataclass
from datetime import datetime

from storefront import clock
from storefront.domain import coupon as coupons
from storefront.domain.shipping import DateRange, Municipality, ShippingOption, find, load_tariff
from storefront.enums import CouponKind, Method
from storefront.errors import InvalidInput, ShippingUnavailable
from storefront.services import carts
from storefront.services.catalogue import ItemRequest
from storefront.services.checkout.drafts import basket_from
from storefront.services.shopper import Shopper
from storefront.services.subscriptions.eligibility import with_trial
from storefront.settings import settings

Items = tuple[ItemRequest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponWorth:
    """What a coupon takes off these goods; freight is not part of it.

    `gives` is whether it would lower the purchase, sent by standard delivery.
    """

    code: str
    kind: CouponKind
    value: int
    discount_minor: int
    subtotal_minor: int
    total_minor: int
    gives: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What delivery of these goods costs to a place, by the chosen method and by every other.

    Standard delivery is free from `free_from_minor` on, unless that is None; so much is missing until then.
    """

    method: Method
    city: str | None
    chosen: ShippingOption | None
    offers: tuple[ShippingOption, ...]
    subtotal_minor: int
    shipped_minor: int
    free_from_minor: int | None
    missing_minor: int

    @property
    def cost_minor(self) -> int:
        """Return the price of the chosen method; nothing where nothing ships."""
        return self.chosen.price_minor if self.chosen else 0

    @property
    def is_free(self) -> bool:
        """Return whether it costs nothing."""
        return self.cost_minor == 0

    @property
    def window(self) -> DateRange | None:
        """Return when it would arrive."""
        return self.chosen.window if self.chosen else None


def coupon_worth(items: Items, code: str, shopper: Shopper, language: str) -> CouponWorth:
    """Return what a coupon is worth, or raise `CouponRejected`; nothing is used up."""
    basket, now = with_trial(basket_from(items), shopper.customer_id), clock.now()
    coupon = coupons.check(coupons.find(code), basket.for_coupon, shopper.email, now, is_guest=False)
    quote = basket.price(coupon=coupon, offer=None, language=language)
    offers, _ = carts.offers_for(basket, None, now) if quote.coupon_code is None else ((), 0)
    ways = [basket.price(coupon=coupon, offer=offer, language=language) for offer in offers]
    return CouponWorth(
        code=coupon.code,
        kind=coupon.kind,
        value=coupon.value,
        discount_minor=quote.discount_minor,
        subtotal_minor=quote.subtotal_minor,
        total_minor=quote.total_minor,
        gives=any(way.coupon_code for way in (quote, *ways)),
    )


def delivery(items: Items, method: Method, city: str | None) -> Delivery:
    """Return what delivery costs; raise `InvalidInput` for an unknown place, `ShippingUnavailable` for the method."""
    place = find(city) if city else None
    if place is None and (city or method != Method.PICKUP):
        raise InvalidInput({"city": "unknown_city" if city else "required"})
    return _delivery(items, method, place, clock.now())


def _delivery(items: Items, method: Method, place: Municipality | None, now: datetime) -> Delivery:
    basket, tariff = basket_from(items), load_tariff(place.code if place else "")
    city, zone = (place.name, tariff.zone_of(place)) if place else (None, None)
    offers: tuple[ShippingOption, ...] = ()
    chosen = None
    if basket.needs_shipping:
        offers = tuple(tariff.offers(zone, basket.shipped_minor, now, settings().CUT_OFF_HOUR))
        chosen = next((offer for offer in offers if offer.method == method and offer.is_available), None)
        if chosen is None:
            raise ShippingUnavailable(method=method, city=city)
    return Delivery(
        method=method,
        city=city,
        chosen=chosen,
        offers=offers,
        subtotal_minor=basket.subtotal_minor,
        shipped_minor=basket.shipped_minor,
        free_from_minor=tariff.free_standard_from_minor,
        missing_minor=tariff.missing_minor(basket.shipped_minor),
    )
