"""Every webhook test ends with the books in balance, on both databases."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests import oracle


@pytest.fixture(autouse=True)
def books(shop: Flask) -> Iterator[None]:
    """Check stock, coupons, sums and histories after the test, whatever it did."""
    yield
    oracle.check()
