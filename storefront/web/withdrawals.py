"""To be filled."""

from flask import Blueprint

bp = Blueprint("withdrawals", __name__)
