"""What tests of pages share."""

import pytest
from flask.testing import FlaskClient

from tests.web.browser import Browser


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Switch off pytest-flask's context around the test: requests would share what belongs to one of them."""


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a guest's browser, without JavaScript."""
    return Browser(client)
