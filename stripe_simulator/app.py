"""The simulator as a Flask app."""

from __future__ import annotations

from flask import Flask
from jinja2 import StrictUndefined

from . import api, checkout_page, control, dashboard, portal_page
from .settings import SimulatorSettings, refuse_production
from .simulator import Simulator

LARGEST_REQUEST = 1_000_000


def create_simulator(settings: SimulatorSettings) -> Flask:
    """Return the app; without its threads, events are delivered by the call that waits for them."""
    refuse_production(settings.profile)
    app = Flask(__name__, static_url_path="/assets")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    simulator = Simulator(settings)
    app.extensions["simulator"] = simulator
    for module in (api, control, checkout_page, portal_page, dashboard):
        module.register(app, simulator)
    return app
