"""The simulator as a Flask app."""

from __future__ import annotations

from flask import Flask
from jinja2 import StrictUndefined

from . import api, control, dashboard, hosted, portal_page
from .engine import Simulator
from .settings import SimulatorSettings, refuse_production

LARGEST_REQUEST = 1_000_000


def create_simulator(settings: SimulatorSettings) -> Flask:
    """Return the app; without a server its deliveries are made inside the call that waits for them."""
    refuse_production(settings.profile)
    app = Flask(__name__, static_url_path="/assets")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    simulator = Simulator(settings)
    app.extensions["simulator"] = simulator
    for door in (api, control, hosted, portal_page, dashboard):
        door.register(app, simulator)
    return app
