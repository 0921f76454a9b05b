"""Whether the search knows every product by the words it has now."""

from collections.abc import Iterator

from sqlalchemy import select

from storefront.database import db
from storefront.domain.catalogue import Product
from storefront.domain.search import SearchWord, index_products, words_of_product
from storefront.services.jobs.consistency.findings import Finding

_AT_ONCE = 500


def find_wrong() -> Iterator[Finding]:
    """Yield the products that the search knows by other words."""
    for product in _wrong():
        yield Finding("search", f"{product.slug}: the search knows it by other words", "flask doctor --fix")


def repair() -> int:
    """Write the words of those products anew, inside the caller's transaction, and return how many they were."""
    wrong = list(_wrong())
    index_products(wrong)
    return len(wrong)


def _wrong() -> Iterator[Product]:
    last = ""
    while products := _next(last):
        last = products[-1].id
        stored: dict[str, set[tuple[object, ...]]] = {product.id: set() for product in products}
        columns = select(
            SearchWord.product_id, SearchWord.word, SearchWord.weight, SearchWord.rank, SearchWord.written
        ).where(SearchWord.product_id.in_(stored))
        for product_id, *rest in db.session.execute(columns):
            stored[product_id].add(tuple(rest))
        for product in products:
            expected = {(word, *rest) for word, _, *rest in words_of_product(product, product.category)}
            if expected != stored[product.id]:
                yield product


def _next(last: str) -> list[Product]:
    statement = select(Product).where(Product.id > last).order_by(Product.id).limit(_AT_ONCE)
    return list(db.session.scalars(statement).unique())
