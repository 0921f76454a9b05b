"""What other programs read: the product feed, the manifest, pictures for sharing, the shop as schema.org data."""

import json
import re
from io import BytesIO
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from config import ROOT
from storefront.services.catalogue import feed
from tests import factories as make
from tests.factories import BELT, PLAN, PREMIUM, WHEY
from tests.statements import Statements

G = "{http://base.google.com/ns/1.0}"
SHIRT = "camiseta-secado-rapido"


def items_of(client: FlaskClient) -> dict[str, dict[str, str]]:
    """Return the items of the feed by their id."""
    answer = client.get("/feeds/google.xml")
    assert answer.mimetype == "application/xml"
    items = ElementTree.fromstring(answer.data).findall("channel/item")
    read = [{child.tag.removeprefix(G): child.text or "" for child in item} for item in items]
    assert len({item["id"] for item in read}) == len(read)
    return {item["id"]: item for item in read}


def picture_at(client: FlaskClient, address: str) -> Image.Image:
    """Return the picture at an address."""
    with client.get(address) as answer:
        assert answer.status_code == 200, address
        return Image.open(BytesIO(answer.data))


def test_the_feed_has_every_variant_with_what_comparisons_need(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        whey, belt, plan = (make.sku_of(slug) for slug in (WHEY, BELT, PLAN))
        subscription = make.sku_of(PREMIUM)
    items = items_of(client)
    for item in items.values():
        needed = {
            "id",
            "title",
            "description",
            "link",
            "image_link",
            "availability",
            "price",
            "brand",
            "condition",
            "mpn",
        }
        assert needed <= item.keys(), item
        assert re.fullmatch(r"\d+\.00 COP", item["price"])
        assert item["image_link"].partition("?")[0].endswith(".jpg")
    assert items[whey]["price"] == "129900.00 COP"
    assert items[whey]["link"] == f"http://localhost/products/{WHEY}"
    assert items[belt]["availability"] == "out_of_stock"
    assert (items[plan]["price"], items[plan]["sale_price"]) == ("99900.00 COP", "79900.00 COP")
    assert subscription not in items
    shirts = [item for item in items.values() if f"/products/{SHIRT}?variant=" in item["link"]]
    assert len(shirts) == len({(item["size"], item["color"]) for item in shirts}) > 4
    assert len({item["item_group_id"] for item in shirts}) == 1
    assert client.get(shirts[0]["link"].removeprefix("http://localhost")).status_code == 200


def test_the_feed_is_read_in_pages_and_is_the_same(
    app: Flask, client: FlaskClient, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        make.change_product(WHEY, description="Más & <mejor> ]]>")
    whole = items_of(client)
    assert "Más & <mejor> ]]>" in {item["description"] for item in whole.values()}
    monkeypatch.setattr(feed, "PAGE", 7)
    before = len(statements)
    assert items_of(client) == whole
    assert len(statements) - before > 8
    assert client.get("/feeds/google.xml").headers["Cache-Control"] == "public, max-age=3600"


def test_pictures_for_sharing_are_jpegs_as_large_as_networks_want(client: FlaskClient) -> None:
    addresses = {item["image_link"] for item in items_of(client).values()}
    page = client.get("/").text
    addresses |= set(re.findall(r'property="og:image" content="([^"]+)"', page))
    for address in addresses:
        picture = picture_at(client, address.removeprefix("http://localhost"))
        assert picture.format == "JPEG", address
        assert picture.width >= 1200, address
        assert picture.height >= 630, address
    for drawing in (ROOT / "static" / "img" / "products").glob("*-960.webp"):
        assert drawing.with_name(drawing.name.replace("-960.webp", "-share.jpg")).exists()


def test_the_manifest_and_its_icons_are_there(client: FlaskClient) -> None:
    page = client.get("/").text
    for address in re.findall(r'<link rel="(?:manifest|apple-touch-icon)" href="([^"]+)"', page):
        with client.get(address) as answer:
            assert answer.status_code == 200
    manifest = json.loads(client.get("/site.webmanifest").data)
    assert manifest["name"] == "FitAiid"
    for icon in manifest["icons"]:
        picture = picture_at(client, icon["src"])
        assert f"{picture.width}x{picture.height}" == icon["sizes"]


def test_the_shop_says_what_delivery_costs_and_how_goods_are_given_back(client: FlaskClient) -> None:
    text = re.findall(r'<script type="application/ld\+json">(.*?)</script>', client.get("/contact").text)[0]
    shop = json.loads(text)
    assert shop["@type"] == "OnlineStore"
    assert shop["hasMerchantReturnPolicy"]["merchantReturnDays"] == 5
    paid, free = shop["hasShippingService"]["shippingConditions"]
    assert paid["shippingRate"]["maxValue"] == "45000.00"  # 25 000 and 20 000 for remote places
    assert (free["orderValue"]["minValue"], free["shippingRate"]["value"]) == ("200000.00", "0.00")
    kettlebell = client.get("/products/kettlebell-16kg").text
    assert "MerchantReturnFiniteReturnWindow" in kettlebell
    assert "MerchantReturnNotPermitted" in client.get(f"/products/{WHEY}").text
