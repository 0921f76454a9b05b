"""What tests of pages share."""

import pytest
from flask.testing import FlaskClient

from tests.web.browser import Browser


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a guest's browser, without JavaScript."""
    return Browser(client)
