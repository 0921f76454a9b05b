"""Static pages: terms, privacy, returns and contact."""

from flask import Blueprint, render_template

bp = Blueprint("help", __name__)


@bp.get("/terms")
def terms() -> str:
    """Show the terms of sale."""
    return render_template("help/terms.html")


@bp.get("/privacy")
def privacy() -> str:
    """Show the privacy policy (habeas data)."""
    return render_template("help/privacy.html")


@bp.get("/returns")
def returns() -> str:
    """Show the right of withdrawal, warranty and refunds."""
    return render_template("help/returns.html")


@bp.get("/contact")
def contact() -> str:
    """Show how to reach the seller."""
    return render_template("help/contact.html")
