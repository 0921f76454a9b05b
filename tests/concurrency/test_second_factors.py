"""One code, typed in several places at the same moment, is accepted in one of them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.errors import InvalidInput
from storefront.services.accounts import one_time_codes, recovery_codes, second_factors
from storefront.services.accounts.second_factors import Proof
from tests import factories as make

pytestmark = pytest.mark.concurrency
Race = Callable[..., list[Any]]
RIVALS = 4


def spend(proof: Proof) -> None:
    with transaction():
        second_factors.spend(proof)


def proofs(shop: Flask, is_recovery_code: bool) -> list[Proof]:
    """Return what several places have found right about one code before any of them has spent it."""
    customer_id = db.session.scalar(db.select(Customer.id).where(Customer.email == "staff@example.com")) or ""
    secret = make.second_factor(customer_id)
    if is_recovery_code:
        (salt,) = db.session.scalars(db.select(second_factors.SecondFactor.salt))
        code = recovery_codes.make()[0]
        with transaction():
            recovery_codes.replace(customer_id, [recovery_codes.digest_of(code, salt)])
    else:
        code = one_time_codes.code_at(secret, one_time_codes.step_of(clock.now()) + 1)
    return [second_factors.check(customer_id, code) for _ in range(RIVALS)]


@pytest.mark.parametrize("is_recovery_code", [False, True])
def test_of_rivals_with_one_code_one_is_let_in(shop: Flask, race: Race, is_recovery_code: bool) -> None:
    results = race(*(partial(spend, proof) for proof in proofs(shop, is_recovery_code)))
    refused = [result for result in results if isinstance(result, InvalidInput)]
    assert len(refused) == RIVALS - 1, results
    assert results.count(None) == 1


@pytest.mark.parametrize("is_recovery_code", [False, True])
def test_control_looking_alone_would_let_all_in(shop: Flask, is_recovery_code: bool) -> None:
    assert len(proofs(shop, is_recovery_code)) == RIVALS
