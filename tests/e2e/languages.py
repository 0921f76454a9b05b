"""Languages in which a walk through many pages is done."""

import pytest

LANGUAGES = pytest.mark.parametrize("language", ["es", "en"])
