"""The index of words: which word of which product, and where it stands. It is written with the product it is of."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, delete, insert, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, db
from storefront.domain.catalogue import Category, Product
from storefront.domain.search.vocabulary import forget_vocabulary
from storefront.domain.search.words import LANGUAGES, MAX_WORD, is_stop_word, stem, words_of

NAME_WEIGHT, DETAIL_WEIGHT, CATEGORY_WEIGHT, TEXT_WEIGHT = 4, 3, 2, 1
"""Where a word stands: in the name; as brand or option; in the name of the category; in the description."""

_AT_ONCE = 200
_MOST_POPULAR = 999_999
Row = tuple[str, str, int, int, str]
"""A word's stem, the product's id, the weight, the rank, and the word as it is written."""


class SearchWord(Base):
    """A word of a product, by its stem; `written` is how people write it, for suggestions.

    `rank` is the weight, then the popularity of the product: its index ends at the best products of each word.
    """

    __tablename__ = "search_words"
    __table_args__ = (
        CheckConstraint("weight BETWEEN 1 AND 4", name="weight_known"),
        Index("ix_search_words_product", "product_id"),
        Index("ix_search_words_rank", "word", "rank", "product_id", "weight"),
        {"sqlite_with_rowid": False},
    )

    word: Mapped[str] = mapped_column(String(MAX_WORD), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    weight: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    rank: Mapped[int]
    written: Mapped[str] = mapped_column(String(MAX_WORD))


def index_products(products: Iterable[Product]) -> None:
    """Write the words of products anew, inside the caller's transaction; their rows are there already.

    This is due whenever a name, a description, a brand, an option or the category of a product changes.
    """
    every, connection = list(products), db.session.connection()
    for start in range(0, len(every), _AT_ONCE):
        part = every[start : start + _AT_ONCE]
        connection.execute(delete(SearchWord).where(SearchWord.product_id.in_([product.id for product in part])))
        rows = [row for product in part for row in words_of_product(product, product.category)]
        connection.execute(insert(SearchWord), [dict(zip(_COLUMNS, row, strict=True)) for row in rows])
    forget_vocabulary()


def move_category_words(category: Category) -> None:
    """Write the words of a category's name anew for all its products, inside the caller's transaction."""
    connection = db.session.connection()
    own = select(Product.id).where(Product.category_id == category.id)
    connection.execute(delete(SearchWord).where(SearchWord.weight == CATEGORY_WEIGHT, SearchWord.product_id.in_(own)))
    for word, written in _category_words(category).items():
        rank = literal(_rank(CATEGORY_WEIGHT, 0)) + Product.popularity
        columns = own.with_only_columns(literal(word), Product.id, literal(CATEGORY_WEIGHT), rank, literal(written))
        connection.execute(insert(SearchWord).from_select(_COLUMNS, columns))
    forget_vocabulary()


def words_of_product(product: Product, category: Category) -> Iterator[Row]:
    """Yield the rows that the index must have of a product."""
    details = [product.brand]
    for option in product.options or ():
        details += [option["name"], option["name_en"], *option["values"], *option["values_en"]]
    parts = {
        NAME_WEIGHT: _stemmed([product.name], [product.name_en]),
        DETAIL_WEIGHT: _stemmed(details, details),
        CATEGORY_WEIGHT: _category_words(category),
        TEXT_WEIGHT: _stemmed([product.description], [product.description_en]),
    }
    for weight, words in parts.items():
        for word, written in words.items():
            if weight != TEXT_WEIGHT or word not in parts[NAME_WEIGHT]:
                yield word, product.id, weight, _rank(weight, product.popularity or 0), written


def _rank(weight: int, popularity: int) -> int:
    return weight * (_MOST_POPULAR + 1) + min(popularity, _MOST_POPULAR)


def _category_words(category: Category) -> dict[str, str]:
    return _stemmed([category.name], [category.name_en])


def _stemmed(spanish: Sequence[str], english: Sequence[str]) -> dict[str, str]:
    """Return the words of texts in both languages by their stems."""
    found: dict[str, str] = {}
    for language, texts in zip(LANGUAGES, (spanish, english), strict=True):
        for text in texts:
            for word in words_of(text, with_variants=True):
                if not is_stop_word(word):
                    found.setdefault(stem(word.plain, language), word.written)
    return found


_COLUMNS = ("word", "product_id", "weight", "rank", "written")
