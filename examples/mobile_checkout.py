"""Buy something as a phone app would: log in, browse, open a payment page, wait until it is paid.

    python examples/mobile_checkout.py http://127.0.0.1:5000 --pay-at http://127.0.0.1:12111

Without `--pay-at` (the demonstration's simulator) open the printed address and pay with 4242 4242 4242 4242.
"""

import argparse
import json
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

ADDRESS = {"firstName": "Valentina", "lastName": "Rojas", "street": "Calle 123 #45-67", "city": "Bogotá",
           "state": "Cundinamarca", "country": "Colombia", "phone": "+573001234567"}  # fmt: skip


def call(method: str, url: str, body: Any = None, **headers: str) -> Any:
    """Send JSON, return JSON; a refusal is a problem with a `code` for machines and a `detail` for people."""
    data = None if body is None else json.dumps(body).encode()
    named = {"Content-Type": "application/json", "Accept-Language": "es", **headers}
    request = urllib.request.Request(url, data, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        raise SystemExit(
            f"{error.code} {problem['code']}: {problem['detail']} (request {problem['requestId']})"
        ) from None


def buy(shop: str, email: str, password: str, pay_at: str | None) -> None:
    """Go through the whole purchase."""
    tokens = call("POST", f"{shop}/api/auth/login", {"email": email, "password": password})
    bearer = {"Authorization": f"Bearer {tokens['accessToken']}"}
    product = call("GET", f"{shop}/api/products?search=mancuernas&inStock=true&sortBy=price_asc")["items"][0]
    items = [{"productId": product["productId"], "quantity": 1}]
    shipping = {"items": items, "shippingMethod": "standard", "city": ADDRESS["city"]}
    delivery = call("POST", f"{shop}/api/checkout/calculate-shipping", shipping, **bearer)
    coupon = call("POST", f"{shop}/api/checkout/apply-coupon", {"couponCode": "FIT10", "items": items}, **bearer)
    print(f"{product['name']}: {coupon['total'] // 100} + {delivery['shippingCost'] // 100} COP")
    session = call(
        "POST",
        f"{shop}/api/checkout/create-session",
        {
            "items": items,
            "shippingAddress": ADDRESS,
            "shippingMethod": "standard",
            "couponCode": "FIT10",
            "successUrl": f"{shop}/checkout/success",
            "cancelUrl": f"{shop}/checkout/cancel",
            "expectedTotal": coupon["total"] + delivery["shippingCost"],
        },
        # A retry with the same key can never buy twice.
        **bearer | {"Idempotency-Key": str(uuid.uuid4())},
    )
    print(f"Order {session['orderNumber']}: pay at {session['checkoutUrl']}")
    if pay_at:
        call("POST", f"{pay_at}/_sim/pay/{session['sessionId']}", {"card": "4242424242424242"})
    while (status := call("GET", f"{shop}/api/checkout/session/{session['sessionId']}", **bearer))["status"] == "open":
        time.sleep(1)
    print(f"Payment {status['paymentStatus']}, order {status['orderStatus']}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shop", nargs="?", default="http://127.0.0.1:5000")
    parser.add_argument("--email", default="shopper@example.com")
    parser.add_argument("--password", default="demo-Passw0rd!")
    parser.add_argument("--pay-at")
    options = parser.parse_args()
    buy(options.shop, options.email, options.password, options.pay_at)
