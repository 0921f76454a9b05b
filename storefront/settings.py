"""The settings of the running shop, for packages that do not import Flask."""

from typing import cast

from flask import current_app

from config import Config


def settings() -> Config:
    """Return the settings that `create_app` was given."""
    return cast(Config, current_app.extensions["settings"])
