"""The public contract as a table: what clients rely on is there, asks for a token, takes these fields and gives these.

Fields may be added; one that is renamed or gone fails here.
"""

from typing import Any

import pytest

from storefront.api.problems import STATUSES
from storefront.errors import ShopError
from tests.api.conftest import Phone, assert_problem
from tests.api.test_openapi import resolved

OPEN, TOKEN = False, True
PRODUCT = (
    "productId slug name description kind price priceMax originalPrice currency category brand images available"
    " inStock taxRate interval facts options variants rating"
)
ADDRESS = "firstName lastName street city state zipCode country phone"
SAVED = f"{ADDRESS} addressId isDefault"
USER = "email firstName lastName phone language marketingConsent defaultAddress buyerDocument"
TOKENS = "accessToken refreshToken tokenType expiresIn user"
LIST = "items page limit total"
STARTED = "sessionId checkoutUrl orderId orderNumber expiresAt quote"
CART = "lines coupon shippingMethod shippingAddress buyerDocument quote messages"
ORDER = "orderId orderNumber status paymentStatus lines subtotal discount shipping tax total history tracking"
PURCHASE = (
    "items shippingAddress shippingMethod couponCode customerNotes buyerDocument successUrl cancelUrl expectedTotal"
    " digitalConsent"
)
TABLE: list[tuple[str, str, bool, str, int, str]] = [
    ("POST", "/api/checkout/create-session", TOKEN, PURCHASE, 201, STARTED),
    ("GET", "/api/checkout/session/{session_id}", TOKEN, "", 200,
     "sessionId status paymentStatus orderId orderNumber orderStatus amountTotal currency customerEmail expiresAt"
     " paidAt"),
    ("POST", "/api/checkout/apply-coupon", TOKEN, "couponCode items", 200,
     "valid couponCode discountType discountValue discountAmount subtotal total currency message"),
    ("POST", "/api/checkout/calculate-shipping", TOKEN, "items shippingMethod city", 200,
     "shippingMethod city shippingCost isFree freeShippingThreshold amountToFreeShipping subtotal currency"
     " estimatedDelivery options"),
    ("POST", "/api/auth/register", OPEN, "email password firstName lastName", 201, TOKENS),
    ("POST", "/api/auth/login", OPEN, "email password", 200, TOKENS),
    ("POST", "/api/auth/refresh", TOKEN, "", 200, TOKENS),
    ("POST", "/api/auth/logout", TOKEN, "", 204, ""),
    ("POST", "/api/auth/logout-all", TOKEN, "", 204, ""),
    ("POST", "/api/auth/forgot-password", OPEN, "email", 202, ""),
    ("POST", "/api/auth/reset-password", OPEN, "token password", 204, ""),
    ("GET", "/api/me/devices", TOKEN, "page limit", 200, LIST),
    ("DELETE", "/api/me/devices/{device_id}", TOKEN, "", 204, ""),
    ("POST", "/api/me/close", TOKEN, "password", 204, ""),
    ("GET", "/api/me/data", TOKEN, "", 200, "customer addresses orders"),
    ("GET", "/api/me/addresses", TOKEN, "", 200, LIST),
    ("POST", "/api/me/addresses", TOKEN, f"{ADDRESS} isDefault", 201, SAVED),
    ("PATCH", "/api/me/addresses/{address_id}", TOKEN, f"{ADDRESS} isDefault", 200, SAVED),
    ("DELETE", "/api/me/addresses/{address_id}", TOKEN, "", 204, ""),
    ("GET", "/api/me", TOKEN, "", 200, USER),
    ("PATCH", "/api/me", TOKEN, "firstName lastName phone language marketingConsent defaultAddress", 200, USER),
    ("GET", "/api/products", OPEN, "category brand minPrice maxPrice inStock search sortBy page limit", 200, LIST),
    ("GET", "/api/products/{product_id}", OPEN, "", 200, f"{PRODUCT} related"),
    ("GET", "/api/categories", OPEN, "page limit", 200, LIST),
    ("GET", "/api/search/suggestions", OPEN, "q", 200, "products categories didYouMean"),
    ("GET", "/api/products/{product_id}/reviews", OPEN, "", 200, "items"),
    ("POST", "/api/products/{product_id}/reviews", TOKEN, "stars title text orderId", 201, "status"),
    ("GET", "/api/me/reviews", TOKEN, "page limit", 200, LIST),
    ("PATCH", "/api/me/reviews/{review_id}", TOKEN, "stars title text", 200, "reviewId status stars title text"),
    ("DELETE", "/api/me/reviews/{review_id}", TOKEN, "", 204, ""),
    ("GET", "/api/orders/{order_id}/reviews", TOKEN, "", 200, "items"),
    ("DELETE", "/api/orders/{order_id}/review-mails", TOKEN, "", 204, ""),
    ("GET", "/api/texts/{page}", OPEN, "version", 200, "page title version savedAt text html"),
    ("GET", "/api/shop", OPEN, "", 200, "name seller contact pickup"),
    ("POST", "/api/requests", OPEN, "kind name email phone orderNumber text", 201, "requestNumber"),
    ("GET", "/api/municipalities", OPEN, "search", 200, LIST),
    ("GET", "/api/cart", TOKEN, "", 200, CART),
    ("PUT", "/api/cart/items/{product_id}", TOKEN, "quantity", 200, CART),
    ("DELETE", "/api/cart/items/{product_id}", TOKEN, "", 200, CART),
    ("PUT", "/api/cart/coupon", TOKEN, "couponCode", 200, CART),
    ("DELETE", "/api/cart/coupon", TOKEN, "", 200, CART),
    ("PUT", "/api/cart/shipping", TOKEN, "shippingMethod shippingAddress", 200, CART),
    ("GET", "/api/orders", TOKEN, "status page limit", 200, LIST),
    ("GET", "/api/orders/{order_id}", TOKEN, "", 200, ORDER),
    ("POST", "/api/orders/{order_id}/cancel", TOKEN, "", 200, ORDER),
    ("POST", "/api/orders/{order_id}/pay", TOKEN, "successUrl cancelUrl", 201, STARTED),
    ("POST", "/api/orders/lookup", OPEN, "orderNumber email", 202, ""),
    ("GET", "/api/orders/{order_id}/receipt", TOKEN, "", 200, "orderNumber seller lines taxes total refunds"),
    ("GET", "/api/orders/{order_id}/receipt.pdf", TOKEN, "", 200, ""),
    ("POST", "/api/orders/{order_id}/reorder", TOKEN, "", 200, "cart messages"),
    ("POST", "/api/orders/{order_id}/withdrawal", TOKEN, "lines reason", 201, "order"),
    ("GET", "/api/library", TOKEN, "", 200, "items"),
    ("POST", "/api/library/{entitlement_id}/download-link", TOKEN, "", 200, "url expiresAt"),
    ("GET", "/api/subscriptions", TOKEN, "", 200, "items"),
    ("POST", "/api/subscriptions/{subscription_id}/cancel", TOKEN, "", 200, "subscriptionId status cancelAtPeriodEnd"),
    ("POST", "/api/subscriptions/{subscription_id}/resume", TOKEN, "", 200, "subscriptionId status cancelAtPeriodEnd"),
    ("POST", "/api/billing-portal", TOKEN, "returnUrl", 200, "url"),
]  # fmt: skip
"""Method, path, token, fields of the request or its query, status, fields of the response."""
ITEMS = {
    "/api/products": PRODUCT,
    "/api/categories": "name count",
    "/api/me/addresses": SAVED,
    "/api/me/reviews": "reviewId status stars productId productName orderId orderNumber lineId",
    "/api/municipalities": "code name department zone",
    "/api/orders": "orderId orderNumber status paymentStatus total",
    "/api/library": "entitlementId productId name fileName format sizeBytes downloadsLeft expiresAt source",
    "/api/subscriptions": "subscriptionId productId name status price currency interval currentPeriodEnd"
                          " cancelAtPeriodEnd card",
}  # fmt: skip
PARTS = {
    ("/api/search/suggestions", "products"): "productId slug name price image",
    ("/api/products/{product_id}", "facts"): "name value",
    ("/api/products/{product_id}", "options"): "name values",
    ("/api/products/{product_id}", "variants"): "variantId sku options price originalPrice available inStock image"
                                                " interval trialDays",
    ("/api/products/{product_id}", "rating"): "average count",
    ("/api/cart", "quote"): "lines subtotal discount shipping tax taxIncluded total currency couponCode shippingMethod",
}  # fmt: skip
CODES = {
    "variant_required", "invalid_request", "invalid_json", "out_of_stock", "product_unavailable",
    "shipping_unavailable", "return_url_not_allowed", "price_changed", "amount_too_small", "empty_cart",
    "consent_required", "already_subscribed", "invalid_signature", "invalid_credentials", "not_found",
    "payment_provider_error", "internal_error", "idempotency_conflict", "email_taken",
}  # fmt: skip


@pytest.fixture
def document(stranger: Phone) -> dict[str, Any]:
    """Return the served document."""
    found: dict[str, Any] = stranger.get("/api/openapi.json").json
    return found


def properties(document: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Return the fields of an object's schema, or of the objects in a list's."""
    whole = resolved(document, schema)
    if "anyOf" in whole:
        whole = resolved(document, whole["anyOf"][0])
    if whole.get("type") == "array":
        return properties(document, whole["items"])
    found: dict[str, Any] = whole.get("properties", {})
    return found


def answer(document: dict[str, Any], method: str, path: str, status: int) -> dict[str, Any]:
    content = resolved(document, document["paths"][path][method.lower()]["responses"][str(status)]).get("content", {})
    return properties(document, content["application/json"]["schema"]) if "application/json" in content else {}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} {row[1]}")
def test_an_operation_is_as_clients_know_it(
    document: dict[str, Any], row: tuple[str, str, bool, str, int, str]
) -> None:
    method, path, needs_token, takes, status, gives = row
    operation = document["paths"][path][method.lower()]
    assert bool(operation["security"]) == needs_token
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    known = {parameter["name"] for parameter in operation.get("parameters", []) if parameter.get("in") == "query"}
    assert set(takes.split()) <= known | set(properties(document, body))
    assert {int(code) for code in operation["responses"] if code[0] == "2"} == {status}
    assert set(gives.split()) <= set(answer(document, method, path, status))


@pytest.mark.parametrize("path", ITEMS)
def test_a_list_has_rows_as_clients_know_them(document: dict[str, Any], path: str) -> None:
    items = properties(document, answer(document, "GET", path, 200)["items"])
    assert set(ITEMS[path].split()) <= set(items)


@pytest.mark.parametrize(("path", "name"), PARTS)
def test_a_part_is_as_clients_know_it(document: dict[str, Any], path: str, name: str) -> None:
    part = properties(document, answer(document, "GET", path, 200)[name])
    assert set(PARTS[path, name].split()) <= set(part)


def test_the_codes_of_errors_are_those_of_the_contract() -> None:
    def below(kind: type[ShopError]) -> set[type[ShopError]]:
        return {kind, *(inner for child in kind.__subclasses__() for inner in below(child))}

    assert {kind.code for kind in below(ShopError)} >= CODES
    assert all(issubclass(kind, ShopError) for kind in STATUSES)


def test_short_lists_have_pages_too(stranger: Phone, camila: Phone) -> None:
    whole = stranger.get("/api/categories").json
    assert (whole["page"], whole["limit"], whole["total"]) == (1, 100, len(whole["items"]))
    assert stranger.get("/api/categories?page=2&limit=1").json["items"] == whole["items"][1:2]
    assert camila.get("/api/me/devices").json["total"] == 1
    assert_problem(stranger.get("/api/categories?shelf=1"), 400, "invalid_request", "shelf")


def test_a_product_really_has_every_field(stranger: Phone) -> None:
    for slug in ("camiseta-secado-rapido", "fitaiid-premium-mensual", "guia-movilidad-15-minutos"):
        product = stranger.get(f"/api/products/{slug}").json
        assert set(f"{PRODUCT} related".split()) <= set(product)
        assert product["images"]
        assert all(image.startswith("http://localhost/") for image in product["images"])
        assert all(set(PARTS["/api/products/{product_id}", "variants"].split()) <= set(v) for v in product["variants"])
        assert {variant["image"].split("/")[2] for variant in product["variants"]} == {"localhost"}
        assert product["price"] == min(variant["price"] for variant in product["variants"])
        assert product["priceMax"] == max(variant["price"] for variant in product["variants"])
        assert product["available"] <= 100
        assert isinstance(product["related"], list)
        assert (product["interval"] is not None) == (product["kind"] == "subscription")
