"""The small dose of every proof, in every run of CI; `make campaigns` gives the full one."""

import os
import random

import pytest

from tests.campaigns import cuts
from tests.campaigns.__main__ import PROOFS

SEED = int(os.environ.get("CAMPAIGN_SEED") or random.SystemRandom().randrange(1_000_000))

pytestmark = [pytest.mark.postgres, pytest.mark.concurrency, pytest.mark.usefixtures("postgres_template")]


@pytest.mark.parametrize("name", PROOFS)
def test_it_holds(name: str) -> None:
    proof, small, _ = PROOFS[name]
    proof(small, SEED).demand()


@pytest.mark.thorough
def test_every_failpoint_of_both_databases_is_survived() -> None:
    """With and without a retry of the request, in four minutes."""
    proof, _, full = PROOFS[cuts.NAME]
    proof(full, SEED).demand()
