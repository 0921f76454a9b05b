"""Looking around through the API."""

from typing import Any

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain.catalogue import Product, Variant
from storefront.domain.inventory import Stock
from tests.api.conftest import DUMBBELLS, GUIDE, PLAN, Phone, assert_problem

SHIRT = "camiseta-secado-rapido"
KEYS = {"productId", "slug", "name", "description", "kind", "price", "originalPrice", "currency", "category", "brand",
        "images", "available", "inStock", "taxRate", "interval", "priceMax", "facts", "options", "variants",
        "rating"}  # fmt: skip


def test_a_product_by_id_and_by_slug(stranger: Phone, product_ids: dict[str, str]) -> None:
    by_slug = stranger.get(f"/api/products/{DUMBBELLS}").json
    assert by_slug == stranger.get(f"/api/products/{product_ids[DUMBBELLS]}").json
    assert set(by_slug) >= KEYS
    assert (by_slug["kind"], by_slug["currency"], by_slug["taxRate"]) == ("physical", "COP", 19)
    assert by_slug["price"] % 100 == 0
    assert by_slug["images"][0].startswith("http://localhost/static/")


def test_kinds_of_products(stranger: Phone) -> None:
    guide, plan = (stranger.get(f"/api/products/{slug}").json for slug in (GUIDE, PLAN))
    assert (guide["kind"], guide["available"], guide["inStock"]) == ("digital", 100, True)
    assert (plan["kind"], plan["interval"]) == ("subscription", "month")


def test_a_product_with_options_has_its_variants(stranger: Phone) -> None:
    shirt = stranger.get(f"/api/products/{SHIRT}").json
    assert shirt["options"] == [
        {"name": "Talla", "values": ["S", "M", "L", "XL"]},
        {"name": "Color", "values": ["negro", "naranja"]},
    ]
    assert (shirt["price"], shirt["priceMax"]) == (6_990_000, 7_490_000)
    assert (shirt["available"], shirt["inStock"]) == (100, True)
    assert {"name": "Corte", "value": "Recto, unisex"} in shirt["facts"]
    assert shirt["rating"] == {"average": None, "count": 0}
    by_sku = {variant["sku"]: variant for variant in shirt["variants"]}
    assert len(by_sku) == len(shirt["variants"]) == 8
    assert by_sku["CAM-SEC-NEG-L"]["options"] == {"Talla": "L", "Color": "negro"}
    assert (by_sku["CAM-SEC-NEG-L"]["available"], by_sku["CAM-SEC-NEG-XL"]["inStock"]) == (6, False)
    english = stranger.get(f"/api/products/{SHIRT}", Accept_Language="en").json
    assert english["options"][1] == {"name": "Colour", "values": ["black", "orange"]}
    assert english["variants"][0]["options"] == {"Size": "S", "Colour": "black"}


def test_what_goes_with_a_product_can_be_bought(stranger: Phone) -> None:
    product = stranger.get(f"/api/products/{SHIRT}").json
    related = [stranger.get(f"/api/products/{key}").json for key in product["related"]]
    assert len(related) == 4
    assert {other["category"] for other in related} == {product["category"]}
    assert all(other["inStock"] for other in related)
    assert product["productId"] not in product["related"]


def test_pictures_exist(stranger: Phone) -> None:
    shirt = stranger.get(f"/api/products/{SHIRT}").json
    assert len(shirt["images"]) == 4
    assert len({variant["image"] for variant in shirt["variants"]}) == 2
    for url in [*stranger.get(f"/api/products/{DUMBBELLS}").json["images"], *shirt["images"]]:
        picture = stranger.get(url.removeprefix("http://localhost"))
        assert picture.status_code == 200
        picture.close()


@pytest.mark.parametrize("name", ["nope", "x" * 300])
def test_an_absent_product(stranger: Phone, name: str) -> None:
    assert_problem(stranger.get(f"/api/products/{name}"), 404, "not_found")


def test_an_unpublished_product_is_absent(app: Flask, stranger: Phone) -> None:
    with app.app_context():
        db.session.execute(db.update(Product).where(Product.slug == DUMBBELLS).values(status="archived"))
        db.session.commit()
    assert_problem(stranger.get(f"/api/products/{DUMBBELLS}"), 404, "not_found")
    slugs = [item["slug"] for item in stranger.get("/api/products?limit=100").json["items"]]
    assert DUMBBELLS not in slugs


def test_a_list_is_paged(stranger: Phone) -> None:
    first = stranger.get("/api/products?limit=5").json
    assert set(first) == {"items", "page", "limit", "total"}
    assert (first["page"], first["limit"], len(first["items"])) == (1, 5, 5)
    second = stranger.get("/api/products?limit=5&page=2").json
    assert not {item["productId"] for item in first["items"]} & {item["productId"] for item in second["items"]}
    beyond = stranger.get("/api/products?page=99").json
    assert (beyond["items"], beyond["total"], beyond["limit"]) == ([], first["total"], 20)


@pytest.mark.parametrize("text", ["CAFE", "café", "cafe nariño", "NARINO"])
def test_accents_and_case_are_ignored(stranger: Phone, text: str) -> None:
    assert stranger.get(f"/api/products?search={text}").json["items"][0]["slug"] == "cafe-preentreno-narino"


def test_filters(stranger: Phone) -> None:
    def found(query: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = stranger.get(f"/api/products?limit=100&{query}").json["items"]
        return items

    assert {item["category"] for item in found("category=fuerza")} == {"fuerza"}
    assert {item["brand"] for item in found("brand=FitAiid")} == {"FitAiid"}
    assert all(3_000_000 <= item["price"] <= 9_000_000 for item in found("minPrice=3000000&maxPrice=9000000"))
    assert all(item["inStock"] for item in found("inStock=true"))
    assert len(found("inStock=false")) == len(found("")) > len(found("inStock=true"))
    prices = [item["price"] for item in found("sortBy=price_asc")]
    assert prices == sorted(prices)
    assert prices[::-1] == [item["price"] for item in found("sortBy=price_desc")]
    for order in ("newest", "popular", "name"):
        assert len(found(f"sortBy={order}")) == len(prices)


def test_shelves(stranger: Phone) -> None:
    items = stranger.get("/api/categories").json["items"]
    assert {"category", "name", "count"} == set(items[0])
    assert sum(item["count"] for item in items) == stranger.get("/api/products").json["total"]


def test_names_are_english_on_request(stranger: Phone) -> None:
    spanish = stranger.get(f"/api/products/{DUMBBELLS}").json["name"]
    assert stranger.get(f"/api/products/{DUMBBELLS}", Accept_Language="en").json["name"] != spanish


@pytest.mark.parametrize("path", ["/api/products?limit=100", f"/api/products/{DUMBBELLS}", "/api/categories"])
def test_what_a_phone_has_is_compared_and_never_sold_from(app: Flask, stranger: Phone, path: str) -> None:
    first = stranger.get(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Accept-Language" in first.headers["Vary"]
    again = stranger.get(path, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert stranger.get(path, If_None_Match=first.headers["ETag"], Accept_Language="en").status_code == 200
    assert stranger.get("/api/products/nope").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("change", ["price", "stock"])
@pytest.mark.parametrize("path", ["/api/products?limit=100", f"/api/products/{DUMBBELLS}"])
def test_a_new_price_or_stock_is_sent_at_once(app: Flask, stranger: Phone, path: str, change: str) -> None:
    old = stranger.get(path)
    with app.app_context():
        variant = db.session.scalars(db.select(Variant).join(Product).where(Product.slug == DUMBBELLS)).one()
        if change == "price":
            db.session.execute(db.update(Variant).where(Variant.id == variant.id).values(price_minor=1_234_500))
        else:
            sold = {"on_hand": 3, "reserved": 1}
            db.session.execute(db.update(Stock).where(Stock.variant_id == variant.id).values(sold))
        db.session.commit()
    new = stranger.get(path, If_None_Match=old.headers["ETag"])
    assert new.status_code == 200
    shown = next(item for item in new.json.get("items", [new.json]) if item["slug"] == DUMBBELLS)["variants"][0]
    assert (shown["price"] == 1_234_500) if change == "price" else (shown["available"] == 2)
