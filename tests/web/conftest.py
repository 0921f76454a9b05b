"""What tests of pages share."""

import pytest
from flask.testing import FlaskClient

from tests.web.browser import Browser


@pytest.fixture
def guest(client: FlaskClient) -> Browser:
    """Return a browser without JavaScript."""
    return Browser(client)
