"""The JSON door."""

from flask import Flask


def register(app: Flask) -> None:
    """Add the JSON door."""
