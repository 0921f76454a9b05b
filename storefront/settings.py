"""The settings of the running shop, for the rooms that know nothing of Flask."""

from typing import cast

from flask import current_app

from config import Config


def settings() -> Config:
    """Return the settings that `create_app` was given."""
    return cast(Config, current_app.extensions["settings"])
