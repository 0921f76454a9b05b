"""What is suggested to somebody who types."""

from flask.testing import FlaskClient

from tests.factories import WHEY


def test_suggestions_are_the_first_results_of_the_list(client: FlaskClient) -> None:
    found = client.get("/api/search/suggestions?q=prote").json
    listed = client.get("/api/products?search=prote&limit=6").json["items"]
    assert [one["productId"] for one in found["products"]] == [one["productId"] for one in listed]
    first = found["products"][0]
    assert (first["slug"], first["price"], first["priceText"]) == (WHEY, 12_990_000, "$\u00a0129.900")
    assert first["image"].startswith("http")
    assert found["didYouMean"] is None


def test_suggestions_name_categories_and_the_nearest_words_in_the_language(client: FlaskClient) -> None:
    spanish = client.get("/api/search/suggestions?q=nutri", headers={"Accept-Language": "es"}).json
    english = client.get("/api/search/suggestions?q=nutri", headers={"Accept-Language": "en"}).json
    assert [one["category"] for one in spanish["categories"]] == ["nutricion"]
    assert (spanish["categories"][0]["name"], english["categories"][0]["name"]) == ("Nutrición", "Nutrition")
    assert client.get("/api/search/suggestions?q=protiena").json["didYouMean"] == "proteína"


def test_there_are_at_most_six_and_none_for_nothing(client: FlaskClient) -> None:
    assert len(client.get("/api/search/suggestions?q=accesorios").json["products"]) <= 6
    for text in ("", "%20", "%25", "zzzz"):
        assert client.get(f"/api/search/suggestions?q={text}").json["products"] == []


def test_suggestions_may_be_kept_for_a_minute(client: FlaskClient) -> None:
    answer = client.get("/api/search/suggestions?q=whey")
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    assert "Accept-Language" in answer.headers["Vary"]
    assert client.get("/api/search/suggestions?q=" + "x" * 101).status_code == 400
