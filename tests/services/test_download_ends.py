"""A download whose right is taken away between the link and the bytes: nothing flows, and a reason is given."""

import pytest
from flask import Flask
from sqlalchemy import delete

from storefront.database import db, transaction
from storefront.domain.library import Entitlement
from storefront.errors import DownloadOver, NotFound
from storefront.services import downloads, library
from storefront.services.checkout import Started
from tests import factories as make
from tests.fakes import FakeGateway


@pytest.fixture
def bought(shop: Flask, gateway: FakeGateway) -> Started:
    """Return a paid order of a guide."""
    started = make.begin((make.GUIDE, 1), digital_consent=True)
    make.pay(gateway, started)
    return started


def link_of(started: Started) -> str:
    (item,) = library.list_for_order(make.order_of(started), language="es")
    return library.make_link(make.owner(started), item.entitlement_id).token


def forget() -> None:
    """Lose every right, as a purge by hand would."""
    with transaction():
        db.session.execute(delete(Entitlement))


def test_a_link_to_a_right_that_is_gone_leads_nowhere(shop: Flask, bought: Started) -> None:
    token = link_of(bought)
    forget()
    with pytest.raises(NotFound):
        downloads.present(token)


def test_a_right_that_goes_after_the_link_was_opened_gives_no_bytes(shop: Flask, bought: Started) -> None:
    ticket = downloads.present(link_of(bought))
    forget()
    with pytest.raises(DownloadOver) as refusal:
        downloads.begin(ticket)
    assert refusal.value.code == "download_limit_reached"
