"""Languages in which a walk through many pages is done."""

import pytest

LANGUAGES = pytest.mark.parametrize("language", ["es", pytest.param("en", marks=pytest.mark.thorough)])
"""In English the same pages have the same parts; `make test-all` walks through them once more, a slow CI does not."""
