"""What other programs read: the product feed, the manifest, pictures for sharing, the shop as schema.org data."""

import gzip
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Event
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import update

from config import ROOT
from storefront import clock
from storefront.database import db
from storefront.domain.shipping.tariff import ShippingMethod
from storefront.services.catalogue import feed
from storefront.web import kept_document
from tests import factories as make
from tests.conftest import build
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


def shipping_of(client: FlaskClient) -> dict[str, dict[str, str]]:
    """Return what the feed says of the delivery of each item, by its id."""
    items = ElementTree.fromstring(client.get("/feeds/google.xml").data).findall("channel/item")
    found = {item.findtext(f"{G}id") or "": item.find(f"{G}shipping") for item in items}
    return {
        sku: {child.tag.removeprefix(G): child.text or "" for child in shipping}
        for sku, shipping in found.items()
        if shipping is not None
    }


def test_the_feed_says_what_delivery_costs_at_most(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        whey, bell, plan = (make.sku_of(slug) for slug in (WHEY, "kettlebell-16kg", PLAN))
    shipping = shipping_of(client)
    days = {"min_handling_time": "0", "max_handling_time": "0", "min_transit_time": "1", "max_transit_time": "12"}
    standard = {"country": "CO", "service": "Envío estándar", **days}
    assert shipping[whey] == standard | {"price": "45000.00 COP"}
    assert shipping[bell] == standard | {"price": "0.00 COP"}  # from 200 000 pesos on it is free
    assert shipping[plan] == {"country": "CO", "price": "0.00 COP"}


def test_the_feed_names_no_price_of_delivery_while_there_is_none(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        whey = make.sku_of(WHEY)
        db.session.execute(update(ShippingMethod).values(is_active=False))
        db.session.commit()
    assert whey not in shipping_of(client)


def test_the_feed_is_made_once_in_ten_minutes(app: Flask, client: FlaskClient, statements: Statements) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        first = client.get("/feeds/google.xml")
        before = len(statements)
        with app.app_context():
            make.change_product(WHEY, price_minor=12_345_600)
        traveller.shift(timedelta(minutes=9, seconds=59))
        counted = len(statements)
        again = app.test_client().get("/feeds/google.xml")
        assert before < counted == len(statements)
        assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
        traveller.shift(timedelta(seconds=1))
        changed = client.get("/feeds/google.xml")
    assert b"123456.00 COP" in changed.data
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert changed.last_modified is not None
    assert first.last_modified is not None
    assert changed.last_modified - first.last_modified == timedelta(minutes=10)


def test_whoever_has_the_feed_gets_none(client: FlaskClient) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        first = client.get("/feeds/google.xml")
        traveller.shift(timedelta(minutes=11))  # made again, and the same
        for header, name in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
            again = client.get("/feeds/google.xml", headers={header: first.headers[name]})
            assert (again.status_code, again.data) == (304, b"")
        old = {"If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}
        again = client.get("/feeds/google.xml", headers=old)
        assert (again.status_code, again.headers["Last-Modified"]) == (200, first.headers["Last-Modified"])


def test_the_feed_is_kept_compressed(client: FlaskClient) -> None:
    plain = client.get("/feeds/google.xml")
    packed = client.get("/feeds/google.xml", headers={"Accept-Encoding": "gzip, zstd"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Content-Encoding" not in plain.headers
    for answer in (plain, packed):
        assert answer.vary.as_set() == {"accept-encoding"}
    assert int(packed.headers["Content-Length"]) < len(plain.data) / 5


def test_readers_at_once_make_the_feed_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    made, read = [], feed.pages

    def slowly() -> Iterator[list[feed.FeedItem]]:
        made.append(1)
        time.sleep(0.2)
        yield from read()

    monkeypatch.setattr(feed, "pages", slowly)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: app.test_client().get("/feeds/google.xml").data, range(4)))
    assert len(made) == len(set(answers)) == 1


def test_nobody_waits_long_for_a_feed_that_somebody_else_makes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    is_begun, goes_on, read = Event(), Event(), feed.pages

    def held() -> Iterator[list[feed.FeedItem]]:
        is_begun.set()
        assert goes_on.wait(20)
        yield from read()

    monkeypatch.setattr(feed, "pages", held)
    monkeypatch.setattr(kept_document, "_PATIENCE", 0.1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lambda: app.test_client().get("/feeds/google.xml"))
        assert is_begun.wait(20)
        other = app.test_client().get("/feeds/google.xml")
        goes_on.set()
        assert (other.status_code, other.headers["Retry-After"]) == (503, "60")
        assert first.result().status_code == 200


def test_the_feed_has_a_limit_of_its_own(sqlite_url: str) -> None:
    client = build(sqlite_url, RATE_LIMITS=True).test_client()
    answer = client.get("/feeds/google.xml")
    assert (answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]) == ("60", "59")
    for _ in range(59):
        client.get("/feeds/google.xml")
    refused = client.get("/feeds/google.xml")
    assert refused.status_code == 429
    assert 3500 < int(refused.headers["Retry-After"]) <= 3601
    assert client.get("/").status_code == 200


def test_the_feed_is_read_in_pages_and_is_the_same(
    app: Flask, client: FlaskClient, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        make.change_product(WHEY, description="Más & <mejor> ]]>")
    whole = items_of(client)
    assert "Más & <mejor> ]]>" in {item["description"] for item in whole.values()}
    monkeypatch.setattr(feed, "PAGE", 7)
    before = len(statements)
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
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


def offers_of(client: FlaskClient, slug: str) -> list[dict[str, Any]]:
    """Return the offers in the schema.org data of a product's page."""
    text = re.findall(r'<script type="application/ld\+json">(.*?)</script>', client.get(f"/products/{slug}").text)[0]
    offers = json.loads(text)["offers"]
    return offers if isinstance(offers, list) else [offers]


def test_each_offer_says_what_delivery_costs_in_each_zone(client: FlaskClient) -> None:
    found = [offer["shippingDetails"] for offer in offers_of(client, SHIRT)]
    assert len(found) > 4
    for details in found:
        assert {zone["shippingDestination"]["addressCountry"] for zone in details} == {"CO"}
        assert [
            (
                zone["shippingDestination"]["name"],
                zone["shippingRate"]["value"],
                zone["deliveryTime"]["transitTime"]["minValue"],
                zone["deliveryTime"]["transitTime"]["maxValue"],
            )
            for zone in details
        ] == [
            ("Bogotá y alrededores", "25000.00", 1, 3),
            ("Ciudades principales", "25000.00", 2, 4),
            ("Resto del país", "25000.00", 3, 6),
            ("Zonas apartadas", "45000.00", 6, 12),
        ]
        assert {zone["deliveryTime"]["cutoffTime"] for zone in details} == {"14:00:00-05:00"}
    [dear] = offers_of(client, "kettlebell-16kg")
    assert {zone["shippingRate"]["value"] for zone in dear["shippingDetails"]} == {"0.00"}
    [plan] = offers_of(client, PLAN)
    assert "shippingDetails" not in plan


def test_a_changed_tariff_is_in_the_offers_at_once(app: Flask, client: FlaskClient) -> None:
    def rates() -> list[str]:
        return [zone["shippingRate"]["value"] for zone in offers_of(client, WHEY)[0].get("shippingDetails", [])]

    assert rates() == ["25000.00", "25000.00", "25000.00", "45000.00"]
    for change, expected in (
        ({"base_minor": 3_000_000}, ["30000.00", "30000.00", "30000.00", "50000.00"]),
        ({"free_from_minor": 10_000_000}, ["0.00"] * 4),
        ({"is_active": False}, []),
    ):
        with app.app_context():
            db.session.execute(update(ShippingMethod).values(change))
            db.session.commit()
        assert rates() == expected
