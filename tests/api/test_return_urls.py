"""Where a buyer may be sent: what leads to the shop or its app, and every trick to lead elsewhere."""

import pytest

from storefront.errors import ReturnUrlNotAllowed
from storefront.services.checkout.return_urls import check, with_session

ALLOWED = ("https://shop.fitaiid.example", "http://localhost:5000", "https://[2001:db8::1]:8443", "fitaiid://")

GOOD = [
    "https://shop.fitaiid.example",
    "https://shop.fitaiid.example/",
    "https://shop.fitaiid.example/gracias?pedido=1#arriba",
    "https://shop.fitaiid.example:443/gracias",
    "HTTPS://SHOP.FITAIID.EXAMPLE/gracias",
    "https://shop.fitaiid.example?x=1",
    "https://shop.fitaiid.example#x",
    "https://shop.fitaiid.example/a?next=https://evil.example/",
    "https://shop.fitaiid.example/a@b",
    "https://shop.fitaiid.example/caf%C3%A9",
    "https://shop.fitaiid.example/?s={CHECKOUT_SESSION_ID}",
    "http://localhost:5000/checkout/success",
    "https://[2001:db8::1]:8443/x",
    "fitaiid://checkout/success",
    "fitaiid://checkout",
]

BAD = [
    # nothing, or not a whole address
    "", " ", "/", "/gracias", "gracias", "?x=1", "#x", "https", "https:", "https:/", "https://", "https:///",
    "https:///shop.fitaiid.example", "https:shop.fitaiid.example", "https:/shop.fitaiid.example",
    # an app's scheme as Stripe does not take it
    "FITAIID://checkout/success?x=1", "FitAiid://ok",
    # scheme-relative, slashes and backslashes
    "//evil.example", "//shop.fitaiid.example", "///evil.example", "/\\evil.example", "\\/evil.example",
    "\\\\evil.example", "\\\\\\evil.example", "https:\\\\shop.fitaiid.example", "https:/\\shop.fitaiid.example",
    "https://shop.fitaiid.example\\evil.example", "https://shop.fitaiid.example\\@evil.example",
    "https://evil.example\\.shop.fitaiid.example", "https://evil.example/\\shop.fitaiid.example",
    "https://shop.fitaiid.example/%5c%5cevil.example",
    # user information
    "https://shop.fitaiid.example@evil.example", "https://shop.fitaiid.example:443@evil.example",
    "https://user@shop.fitaiid.example/", "https://user:pass@shop.fitaiid.example/", "https://@shop.fitaiid.example",
    "https://evil.example@shop.fitaiid.example", "https://shop.fitaiid.example%40evil.example",
    "https://shop.fitaiid.example&@evil.example", "https://shop.fitaiid.example;@evil.example",
    # prefixes and suffixes of the host
    "https://shop.fitaiid.example.evil.example", "https://shop.fitaiid.exampleevil.example",
    "https://evilshop.fitaiid.example", "https://evil.shop.fitaiid.example", "https://fitaiid.example",
    "https://shop.fitaiid.example-evil.example", "https://shop.fitaiid.example_evil.example",
    "https://shop-fitaiid.example", "https://shopxfitaiid.example",
    # dots
    "https://shop.fitaiid.example.", "https://shop.fitaiid.example./x", "https://shop.fitaiid..example",
    "https://.shop.fitaiid.example", "https://shop%2efitaiid.example", "https://shop。fitaiid.example",
    # ports
    "https://shop.fitaiid.example:444", "https://shop.fitaiid.example:80", "https://shop.fitaiid.example:",
    "https://shop.fitaiid.example:0443x", "https://shop.fitaiid.example:99999", "https://shop.fitaiid.example:-1",
    "https://shop.fitaiid.example:443:443", "http://localhost", "http://localhost:5001", "http://127.0.0.1:5000",
    "https://[2001:db8::1]", "https://[2001:db8::2]:8443", "https://[::ffff:127.0.0.1]:8443", "https://[2001:db8::1",
    # other schemes
    "http://shop.fitaiid.example", "ftp://shop.fitaiid.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
    "javascript://shop.fitaiid.example/%0aalert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x",
    "file:///etc/passwd", "blob:https://shop.fitaiid.example/x", "view-source:https://shop.fitaiid.example",
    "ws://shop.fitaiid.example", "intent://checkout#Intent;scheme=fitaiid;end", "about:blank", "mailto:a@b.example",
    # controls, spaces and line breaks, plain and encoded
    " https://shop.fitaiid.example", "https://shop.fitaiid.example ", "\thttps://shop.fitaiid.example",
    "https://shop.fitaiid.example\t.evil.example", "ht\ntps://shop.fitaiid.example", "java\tscript:alert(1)",
    "https://shop.fitaiid.example/\r\nSet-Cookie: a=b", "https://shop.fitaiid.example/%0d%0aSet-Cookie:%20a=b",
    "https://shop.fitaiid.example%09.evil.example", "https://%09shop.fitaiid.example", "https://shop.fitaiid.example/%00",
    "https://shop.fitaiid.example\x00.evil.example", "https://shop.fitaiid.example/\x7f", "/%09/evil.example",
    "https://shop.fitaiid.example%00@evil.example", "https://shop.fitaiid.example%2f@evil.example",
    # other alphabets
    "https://ѕhop.fitaiid.example", "https://shop.fitaiid.example/ñ", "https://shop.fıtaiid.example",
    "https://xn--hop-6cd.fitaiid.example", "https://shop.fitaiid.example．evil.example", "https://shop.fitaiid.exampⅼe",
    "https://shop.fitaiid.example\u200b", "https://shop.fitaiid.example\u2028", "\ufeffhttps://shop.fitaiid.example",
    # the app's scheme
    "fitaiid:", "fitaiid:/", "fitaiid://", "fitaiid:///", "fitaiid:checkout", "fitaiid:/checkout", "fitaiid:alert(1)",
    "fitaiid2://checkout", "xfitaiid://checkout", "fitaiid.evil://checkout", "fitaiid://a@b", "fitaiid://a:1/x",
    "fitaiid://che ckout", "fitaiid://checkout\\x", "fitaiid+x://checkout", "fitaiid://checkout.",
    # marks that break out of a page or a header, braces that are no placeholder
    'https://shop.fitaiid.example/"onload="x', "https://shop.fitaiid.example/<script>", "https://shop.fitaiid.example/`x`",
    "https://shop.fitaiid.example/{OTHER}", "https://{CHECKOUT_SESSION_ID}.evil.example",
    "https://shop.fitaiid.example{CHECKOUT_SESSION_ID}", "https://shop.fitaiid.example/^", "https://shop.fitaiid.example/|",
    # too long
    "https://shop.fitaiid.example/" + "a" * 2048,
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD)
def test_addresses_of_the_shop_and_its_app_are_allowed(url: str) -> None:
    assert check(url, ALLOWED, field="successUrl") == url


@pytest.mark.parametrize("url", BAD)
def test_addresses_that_could_lead_elsewhere_are_refused(url: str) -> None:
    with pytest.raises(ReturnUrlNotAllowed):
        check(url, ALLOWED, field="successUrl")


def test_the_table_is_long() -> None:
    assert len(set(BAD)) == len(BAD) >= 100


def test_dangerous_schemes_cannot_be_allowed_as_apps() -> None:
    for scheme in ("javascript", "data", "https", "file"):
        with pytest.raises(ReturnUrlNotAllowed):
            check(f"{scheme}://alert", (f"{scheme}://",), field="successUrl")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example", "https://a.example?session_id={CHECKOUT_SESSION_ID}"),
        ("https://a.example/x?", "https://a.example/x?session_id={CHECKOUT_SESSION_ID}"),
        ("https://a.example/x?y=1", "https://a.example/x?y=1&session_id={CHECKOUT_SESSION_ID}"),
        ("https://a.example/x?y=1&", "https://a.example/x?y=1&session_id={CHECKOUT_SESSION_ID}"),
        ("https://a.example/x#z", "https://a.example/x?session_id={CHECKOUT_SESSION_ID}#z"),
        ("https://a.example/x?y=1#z?", "https://a.example/x?y=1&session_id={CHECKOUT_SESSION_ID}#z?"),
        ("https://a.example/{CHECKOUT_SESSION_ID}", "https://a.example/{CHECKOUT_SESSION_ID}"),
        ("fitaiid://done", "fitaiid://done?session_id={CHECKOUT_SESSION_ID}"),
    ],
)
def test_a_success_address_carries_the_session(url: str, expected: str) -> None:
    assert with_session(url) == expected
