"""The settings of a simulator."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

API_VERSION = "2026-10-28.endive"
HOST = "127.0.0.1"


class SimulatorError(Exception):
    """The simulator cannot start; the message is one sentence for the person who started it."""


@dataclass(frozen=True)
class SimulatorSettings:
    """Everything a simulator needs to know; times are seconds, money is in minor units."""

    database: Path | str
    webhook_url: str | None = None
    webhook_secrets: tuple[str, ...] = ()
    public_url: str = ""
    # Where browsers reach the billing portal, which Stripe has under a host name of its own; public_url if empty.
    portal_url: str = ""
    shop_name: str = "FitAiid"
    # Stripe wants the equivalent of 0.50 USD, which is about 2 000 pesos.
    minimum_amount: int = 200_000
    retry_seconds: tuple[float, ...] = (2, 10, 60, 300, 1800, 7200, 21600)
    retry_scale: float = 1.0
    delivery_timeout: float = 30.0
    # Hosted Checkout waits this long for the answer to checkout.session.completed before it redirects.
    answer_wait: float = 10.0
    # How long the fault "timeout" keeps the caller waiting.
    hold_seconds: float = 30.0
    # How long a renewal's invoice stays a draft; about an hour at Stripe, nothing here, so that a month is a month.
    draft_seconds: int = 0
    # Whether the account has a default configuration of the billing portal, as after its owner saved the settings.
    default_portal: bool = True
    profile: str = ""


def refuse_production(profile: str = "") -> None:
    """Raise where SHOP_PROFILE is production: no simulated payment may reach a real shop."""
    if "production" in (profile.lower(), os.environ.get("SHOP_PROFILE", "").lower()):
        raise SimulatorError("The payment simulator refuses to start: SHOP_PROFILE is production.")
