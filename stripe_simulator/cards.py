"""Stripe's test cards and what each of them does."""

from __future__ import annotations

from dataclasses import dataclass

DECLINED = "Your card was declined."


@dataclass(frozen=True)
class Decline:
    """Why an attempt failed, in Stripe's codes."""

    code: str
    decline_code: str
    message: str


@dataclass(frozen=True)
class Card:
    """One card; `delayed` stands for payment methods whose result comes later."""

    number: str
    brand: str = "visa"
    decline: Decline | None = None
    challenge: bool = False
    dispute: bool = False
    delayed: str = ""
    renewal_decline: Decline | None = None

    @property
    def last4(self) -> str:
        """The last four digits."""
        return self.number[-4:]


AUTHENTICATION = Decline(
    "payment_intent_authentication_failure",
    "authentication_required",
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
)

CARDS = (
    Card("4242424242424242"),
    Card("5555555555554444", "mastercard"),
    Card("378282246310005", "amex"),
    Card("4000000000000002", decline=Decline("card_declined", "generic_decline", DECLINED)),
    Card(
        "4000000000009995",
        decline=Decline("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    ),
    Card("4000000000000069", decline=Decline("expired_card", "expired_card", "Your card has expired.")),
    Card(
        "4000000000000127",
        decline=Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    ),
    Card(
        "4000000000000119",
        decline=Decline(
            "processing_error",
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
        ),
    ),
    Card("4000002760003184", challenge=True),
    Card("4000002500003155", challenge=True),
    Card("4000000000000259", dispute=True),
    # Pays while the cardholder is there; every later charge fails.
    Card("4000000000000341", renewal_decline=Decline("card_declined", "generic_decline", DECLINED)),
)
BY_NUMBER = {card.number: card for card in CARDS} | {
    "delayed_success": Card("4242424242424242", delayed="succeeds"),
    "delayed_failure": Card("4242424242424242", delayed="fails"),
}


def card_for(number: str) -> Card:
    """Return the test card with this number; any other number is declined, as in Stripe's test mode."""
    digits = number.replace(" ", "").replace("-", "")
    return BY_NUMBER.get(digits) or Card(digits, decline=NOT_A_TEST_CARD)


def is_plausible(number: str) -> bool:
    """Say whether the digits could be a card number, by length and checksum."""
    if not (number.isascii() and number.isdigit() and 13 <= len(number) <= 19):
        return False
    total = 0
    for index, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
