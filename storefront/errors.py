"""The shop's named errors: a code and its details, and nothing of HTTP.

Raised where a rule is broken; each interface turns them into a response by one table, and
``storefront.i18n`` into a sentence. The codes are those of the JSON contract.
"""

from collections.abc import Mapping
from typing import Any


class ShopError(Exception):
    """A refusal that the shop foresaw."""

    code = "internal_error"

    def __init__(self, **data: Any) -> None:
        super().__init__(f"{self.code} {data}" if data else self.code)
        self.data: Mapping[str, Any] = data


class NotFound(ShopError):
    """There is no such thing, or it belongs to somebody else."""

    code = "not_found"


class InvalidInput(ShopError):
    """Fields hold what cannot be; ``problems`` maps each field to an error code."""

    code = "invalid_request"

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(problems=problems)
        self.problems = problems


class WrongState(ShopError):
    """The order is past the point where this could be done; ``status`` is its status now."""

    code = "invalid_request"


class EditConflict(ShopError):
    """Somebody else saved it (``stored``, now ``version``) since it was read to type another one (``typed``)."""

    code = "edit_conflict"


class EmptyCart(ShopError):
    """There is nothing to buy."""

    code = "empty_cart"


class ProductUnavailable(ShopError):
    """A product (``product_id``, ``name``) is not sold, or not any more."""

    code = "product_unavailable"


class VariantRequired(ShopError):
    """A product (``name``) has several ``variants``, and ``field`` did not say which one is meant."""

    code = "variant_required"


class OutOfStock(ShopError):
    """``shortages`` lists (product id, variant id, name, units asked, units available) of what is short."""

    code = "out_of_stock"


class UnitsReserved(ShopError):
    """Of a variant (``sku``) with ``on_hand`` units fewer would be ``left`` than are ``reserved`` for orders."""

    code = "units_reserved"


class StockChanged(ShopError):
    """Somebody of the staff changed a variant's (``sku``) stock meanwhile; it is ``on_hand`` now."""

    code = "stock_changed"


class RowsRefused(ShopError):
    """Rows of a file cannot be used, and nothing was; ``rows`` lists each as (line, column, error)."""

    code = "invalid_request"


class CouponRejected(ShopError):
    """The coupon cannot be used here; ``code`` names the rule that refuses it."""

    def __init__(self, code: str, **data: Any) -> None:
        self.code = code
        super().__init__(**data)


class ShippingUnavailable(ShopError):
    """The method does not reach the place, or no place was given."""

    code = "shipping_unavailable"


class PriceChanged(ShopError):
    """The total now (``quote``) is not the total that the buyer saw."""

    code = "price_changed"


class DeliveryChanged(ShopError):
    """The goods would come later (``earliest`` to ``latest``) than the buyer saw: the cut-off hour passed meanwhile."""

    code = "delivery_changed"


class AmountTooSmall(ShopError):
    """The total is above zero and below ``minimum_minor``, what the payment provider takes."""

    code = "amount_too_small"


class ConsentRequired(ShopError):
    """Digital goods start at once, so the buyer must agree that the right of withdrawal ends with it."""

    code = "consent_required"


class AlreadySubscribed(ShopError):
    """The customer has this plan already."""

    code = "already_subscribed"


class AccountRequired(ShopError):
    """A plan (``name``) belongs to an account, and nobody is signed in."""

    code = "invalid_request"


class AccountNeeded(ShopError):
    """Cards are being tried out: paying takes an account (``reason`` guest) with a confirmed address (unverified)."""

    code = "account_needed"


class PlanOver(ShopError):
    """The plan ended already; nothing about it changes any more."""

    code = "invalid_request"


class TooManyHolds(ShopError):
    """With this order one client would hold more unpaid stock than it may.

    `reason` is what is too much: `orders`, `units` or `value`; the limits are `orders`, `units` and `value_minor`.
    """

    code = "rate_limited"


class CheckoutBlocked(ShopError):
    """Staff blocked this buyer for a time, by e-mail, phone or network; which one is not told."""

    code = "invalid_request"


class EmailTaken(ShopError):
    """An account with this e-mail exists."""

    code = "email_taken"


class InvalidCredentials(ShopError):
    """E-mail and password do not belong together; which one is wrong is not revealed."""

    code = "invalid_credentials"


class WeakPassword(ShopError):
    """The password is too short, too long, or known to everybody."""

    code = "invalid_request"


class NotPermitted(ShopError):
    """The person works here, but the address is not confirmed (``reason``) or the sum above ``limit_minor``."""

    code = "not_permitted"


class RoleForbids(NotFound):
    """The person works here, but the ``role`` does not permit this; on pages it is as if there were no such thing."""

    code = "not_permitted"


class NotStaff(ShopError):
    """Nobody with this ``email`` works here, or not any more."""

    code = "not_staff"


class LastOwner(ShopError):
    """Without this person (``email``) nobody could run the shop."""

    code = "last_owner"


class PaymentProviderError(ShopError):
    """The payment provider did not answer, or not with what we can use."""

    code = "payment_provider_error"


class MailUnavailable(ShopError):
    """The mail server takes no mail from anybody now; the fault is not of a single email."""

    code = "mail_unavailable"


class MailRefused(ShopError):
    """The mail server will never take this email, so it is not tried again; ``reason`` is the server's text."""

    code = "mail_refused"


class DatabaseUnavailable(ShopError):
    """The database is away, full or locked (``reason``); nothing of the transaction was written, and it works later."""

    code = "service_unavailable"


class FilesUnavailable(ShopError):
    """The store of pictures and sold files is away, full or refuses the shop (``reason``); it works later."""

    code = "service_unavailable"


class PictureRefused(ShopError):
    """An uploaded picture cannot be used; ``reason`` says why, with the limit that it breaks.

    `empty`, `type`, `svg`, `too_many_bytes`, `too_many_pixels`, `too_small`, `too_long` or `broken`.
    """

    code = "invalid_request"


class ContentRefused(ShopError):
    """An uploaded file cannot be sold: ``reason`` is `empty`, `type`, `too_many_bytes`, `not_digital` or `known`."""

    code = "invalid_request"


class UploadBroken(ShopError):
    """An upload ended, or was too slow, before all of it had arrived; nothing of it was kept."""

    code = "invalid_request"


class InvalidSignature(ShopError):
    """The event was not signed by the payment provider, or not now."""

    code = "invalid_signature"


class InvalidJson(ShopError):
    """The body is not JSON, or not JSON that the shop reads."""

    code = "invalid_json"


class ReturnUrlNotAllowed(ShopError):
    """A return address (``field``) leads where the shop does not send anybody."""

    code = "return_url_not_allowed"


class TokenRefused(ShopError):
    """The bearer token is missing, invalid, expired or revoked; ``code`` is the reason."""

    def __init__(self, code: str, **data: Any) -> None:
        self.code = code
        super().__init__(**data)


class IdempotencyConflict(ShopError):
    """The idempotency key belongs to another request (``reason`` other_body), or to one still running (running)."""

    code = "idempotency_conflict"


class DownloadOver(ShopError):
    """Nothing more can be downloaded here: the link or right is over, used up or revoked; ``code`` is the reason."""

    def __init__(self, code: str = "download_expired", **data: Any) -> None:
        self.code = code
        super().__init__(**data)
