"""Examples for the OpenAPI document: operation → (request, response)."""

from typing import Any

_ITEMS = [{"productId": "mancuernas-hexagonales-5kg", "quantity": 2}]
_ADDRESS = {
    "firstName": "Valentina",
    "lastName": "Rojas",
    "street": "Calle 123 #45-67",
    "city": "Bogotá",
    "state": "Cundinamarca",
    "zipCode": "110111",
    "country": "Colombia",
    "phone": "+573001234567",
}
_QUOTE = {
    "lines": [
        {
            "productId": "01kavwm5d2",
            "name": "Mancuernas hexagonales 5 kg",
            "quantity": 2,
            "unitPrice": 12500000,
            "lineTotal": 25000000,
            "discount": 2500000,
            "tax": 3592437,
        }
    ],
    "subtotal": 25000000,
    "discount": 2500000,
    "shipping": 0,
    "tax": 3592437,
    "taxIncluded": True,
    "total": 22500000,
    "currency": "COP",
    "couponCode": "FIT10",
    "shippingMethod": "standard",
}
_STARTED = {
    "sessionId": "cs_test_a1b2c3",
    "checkoutUrl": "https://checkout.stripe.com/c/pay/cs_test_a1b2c3",
    "orderId": "01kavwm5d2e8qg0m3v7t9xk4nb",
    "orderNumber": "2026-11-0001",
    "expiresAt": "2026-11-23T22:30:00Z",
    "quote": _QUOTE,
}
_USER = {
    "userId": "01kavwm5d2e8qg0m3v7t9xk4na",
    "email": "shopper@example.com",
    "emailVerified": True,
    "firstName": "Valentina",
    "lastName": "Rojas",
    "phone": None,
    "language": "es",
    "marketingConsent": False,
    "defaultAddress": None,
}
_TOKENS = {
    "accessToken": "eyJhbGciOiJIUzI1NiJ9.…",
    "refreshToken": "eyJhbGciOiJIUzI1NiJ9.…",
    "tokenType": "Bearer",
    "expiresIn": 900,
    "user": _USER,
}
_RETURN = {"successUrl": "fitaiid://checkout/success", "cancelUrl": "fitaiid://checkout/cancel"}
_DAYS = {"earliest": "2026-11-26", "latest": "2026-11-30"}

EXAMPLES: dict[str, tuple[Any, Any]] = {
    "create_session": (
        {
            "items": _ITEMS,
            "shippingAddress": _ADDRESS,
            "shippingMethod": "standard",
            "couponCode": "FIT10",
            "customerNotes": "Portería: dejar con el vigilante",
            **_RETURN,
            "expectedTotal": 22500000,
        },
        _STARTED,
    ),
    "session_status": (
        None,
        {
            "sessionId": "cs_test_a1b2c3",
            "status": "complete",
            "paymentStatus": "paid",
            "orderId": "01kavwm5d2e8qg0m3v7t9xk4nb",
            "orderNumber": "2026-11-0001",
            "orderStatus": "confirmed",
            "amountTotal": 22500000,
            "currency": "COP",
            "customerEmail": "shopper@example.com",
            "expiresAt": "2026-11-23T22:30:00Z",
            "paidAt": "2026-11-23T22:05:12Z",
        },
    ),
    "apply_coupon": (
        {"couponCode": "FIT10", "items": _ITEMS},
        {
            "valid": True,
            "couponCode": "FIT10",
            "discountType": "percent",
            "discountValue": 10,
            "discountAmount": 2500000,
            "subtotal": 25000000,
            "total": 22500000,
            "currency": "COP",
            "message": "Cupón aplicado: ahorras $ 25.000.",
        },
    ),
    "calculate_shipping": (
        {"items": _ITEMS, "shippingMethod": "standard", "city": "Medellín"},
        {
            "shippingMethod": "standard",
            "city": "Medellín",
            "shippingCost": 0,
            "isFree": True,
            "freeShippingThreshold": 20000000,
            "amountToFreeShipping": 0,
            "subtotal": 25000000,
            "currency": "COP",
            "estimatedDelivery": _DAYS,
            "options": [
                {
                    "shippingMethod": "standard",
                    "shippingCost": 0,
                    "isFree": True,
                    "available": True,
                    "estimatedDelivery": _DAYS,
                }
            ],
        },
    ),
    "login": ({"email": "shopper@example.com", "password": "demo-Passw0rd!"}, _TOKENS),
    "register": (
        {
            "email": "camila@example.com",
            "password": "trote-lluvia-guayaba",
            "firstName": "Camila",
            "lastName": "Torres",
        },
        _TOKENS,
    ),
    "refresh": (None, _TOKENS),
    "forgot_password": ({"email": "shopper@example.com"}, {"message": "…"}),
    "me": (None, _USER),
    "change_me": ({"firstName": "Valentina", "phone": "3001234567"}, _USER),
    "withdraw": ({"lines": [{"lineId": "17", "quantity": 1}], "reason": "No es mi talla"}, None),
    "pay_order": (_RETURN, _STARTED),
    "set_quantity": ({"quantity": 2}, None),
    "put_coupon": ({"couponCode": "FIT10"}, None),
    "put_shipping": ({"shippingMethod": "standard", "shippingAddress": _ADDRESS}, None),
}
