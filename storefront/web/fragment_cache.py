"""Parts of pages that are drawn once for each set of facts they can show."""

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
}
_DEFAULT_SIZE = 64
"""How many drawings of a part are kept: a card has half a kilobyte, a product's parts have three, a list twenty."""


def register(app: Flask) -> None:
    """Give templates `drawn(name, **facts)`: a part drawn with the shop's settings and these facts and nothing else.

    Other facts are another drawing, so a price or stock that was read just now is never shown as it was before.
    A fact that the part misses is an error; the language is one of them, and a part must not look at the request.
    """
    renderers: dict[str, Render] = {}

    def renderer_of(name: str) -> Render:
        def render(_root: str, facts: Facts) -> Markup:
            variables = {"shop": app.extensions["settings"], **dict(facts)}
            return Markup(app.jinja_env.get_template(name).render(variables))  # nosec B704 - a template escapes its facts

        # Whoever works on the templates wants to see each change.
        return render if app.debug else lru_cache(_SIZES.get(name, _DEFAULT_SIZE))(render)

    def cached_fragment(name: str, **facts: Hashable) -> Markup:
        render = renderers.get(name) or renderers.setdefault(name, renderer_of(name))
        return render(request.script_root, tuple(facts.items()))

    app.jinja_env.globals["cached_fragment"] = cached_fragment
