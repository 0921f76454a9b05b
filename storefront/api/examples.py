"""Examples for the OpenAPI document: operation → (request, response)."""

from typing import Any

_ITEMS = [{"productId": "camiseta-secado-rapido", "variantId": "01kavwm5d2e8qg0m3v7t9xk4nd", "quantity": 2}]
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
_SAVED_ADDRESS = {
    **_ADDRESS,
    "street": "Calle 123 # 45-67",
    "city": "Bogotá D.C.",
    "state": "Bogotá D.C.",
    "country": "CO",
    "addressId": "01kavwm5d2e8qg0m3v7t9xk4ne",
    "isDefault": True,
}
_QUOTE = {
    "lines": [
        {
            "productId": "01kavwm5d2e8qg0m3v7t9xk4nc",
            "variantId": "01kavwm5d2e8qg0m3v7t9xk4nd",
            "sku": "CAM-SEC-NEG-M",
            "options": {"Talla": "M", "Color": "negro"},
            "name": "Camiseta de secado rápido unisex, M, negro",
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
    "buyerDocument": None,
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
            "buyerDocument": {"type": "CC", "number": "1020304050"},
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
    "find_order": ({"orderNumber": "2026-11-0042", "email": "shopper@example.com"}, {"message": "…"}),
    "me": (None, _USER),
    "change_me": ({"firstName": "Valentina", "phone": "3001234567"}, _USER),
    "add_address": ({**_ADDRESS, "isDefault": True}, _SAVED_ADDRESS),
    "change_address": ({"street": "Calle 123 #45-67"}, _SAVED_ADDRESS),
    "list_municipalities": (
        None,
        {
            "items": [{"code": "05001", "name": "Medellín", "department": "Antioquia", "zone": "main"}],
            "page": 1,
            "limit": 20,
            "total": 1,
        },
    ),
    "withdraw": ({"lines": [{"lineId": "17", "quantity": 1}], "reason": "No es mi talla"}, None),
    "pay_order": (_RETURN, _STARTED),
    "set_quantity": ({"quantity": 2}, None),
    "put_coupon": ({"couponCode": "FIT10"}, None),
    "put_shipping": ({"shippingMethod": "standard", "shippingAddress": _ADDRESS}, None),
}
