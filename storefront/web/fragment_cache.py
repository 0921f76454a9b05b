"""A cache of rendered page fragments, keyed by all values that they show."""

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache

from flask import Flask, request
from markupsafe import Markup

Facts = tuple[tuple[str, Hashable], ...]
Render = Callable[[str, Facts], Markup]
_SIZES: Mapping[str, int] = {
    "catalogue/_card.html": 4096,
    "catalogue/_product.html": 512,
    "catalogue/_product_head.html": 512,
    "catalogue/_reviews.html": 512,
}
_DEFAULT_SIZE = 64
"""Cached renderings of a fragment: a card has half a kilobyte, a product's fragments three, a list twenty."""


def register(app: Flask) -> None:
    """Add `cached_fragment(name, **facts)` to templates: a fragment rendered from the settings and these facts only.

    The facts are the cache's key, so a new price or stock is never shown with its old value.
    A missing fact is an error; the language is a fact, and a fragment must not read the request.
    """
    renderers: dict[str, Render] = {}

    def renderer_of(name: str) -> Render:
        def render(_root: str, facts: Facts) -> Markup:
            variables = {"shop": app.extensions["settings"], **dict(facts)}
            return Markup(app.jinja_env.get_template(name).render(variables))  # nosec B704 - a template escapes its facts

        # In debug mode each change of a template must be visible.
        return render if app.debug else lru_cache(_SIZES.get(name, _DEFAULT_SIZE))(render)

    def cached_fragment(name: str, **facts: Hashable) -> Markup:
        render = renderers.get(name) or renderers.setdefault(name, renderer_of(name))
        return render(request.script_root, tuple(facts.items()))

    app.jinja_env.globals["cached_fragment"] = cached_fragment
