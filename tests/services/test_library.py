"""Issue 5, points 1 to 5, and L43: what payment gives, what refunds take away, and what a download costs."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from itsdangerous import URLSafeSerializer
from sqlalchemy import delete, select, update

from config import ROOT, ConfigError, TestConfig
from storefront import clock
from storefront.database import db, transaction
from storefront.domain.catalogue import Product
from storefront.domain.download import ContentFile, Entitlement
from storefront.domain.order import Order
from storefront.errors import ConsentRequired, DownloadOver, NotFound
from storefront.gateways.files import ContentMissing, FolderStore, StoredFile
from storefront.gateways.payments import PaymentRefused
from storefront.i18n.consent import CONSENT_VERSION, consent_text
from storefront.services import checkout
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.downloads import library, links, transfers
from storefront.services.downloads.library import LibraryItem
from storefront.services.jobs import cleanup, consistency
from storefront.services.mail import mail_delivery
from storefront.services.payments import refunds, session_status, settlement
from storefront.services.shopper import Shopper
from storefront.settings import settings
from tests import factories as make
from tests.fakes import FakeGateway, KeepingMailer
from tests.statements import Statements

NOBODY = Shopper()


def bought(gateway: FakeGateway, *goods: tuple[str, int], shopper: Shopper | None = None) -> PlacedOrder:
    """Return a paid order of digital goods, of a guest unless somebody is named."""
    goods = goods or ((make.GUIDE, 1),)
    wanted = {"digital_consent": True}
    if shopper is None:
        started = make.begin(*goods, **wanted)
    else:
        started = checkout.begin(make.purchase(shopper, items=goods, **wanted))
    make.pay(gateway, started)
    return started


def files_of(started: PlacedOrder) -> list[LibraryItem]:
    return library.list_for_order(make.order_of(started), language="es")


def file_of(started: PlacedOrder) -> LibraryItem:
    (only,) = files_of(started)
    return only


def left(item: LibraryItem) -> int:
    db.session.rollback()
    found = db.session.scalar(select(Entitlement.downloads_left).where(Entitlement.id == item.entitlement_id))
    assert found is not None
    return found


def set_left(item: LibraryItem, uses: int) -> None:
    with transaction():
        db.session.execute(update(Entitlement).where(Entitlement.id == item.entitlement_id).values(downloads_left=uses))


def ticket_for(started: PlacedOrder) -> transfers.Ticket:
    link = library.make_link(make.owner(started), file_of(started).entitlement_id)
    return transfers.present(link.token)


def take_all(transfer: transfers.Transfer) -> bytes:
    content = b"".join(transfer.pieces)
    transfer.finish()
    return content


def refused(call: object) -> str:
    with pytest.raises(DownloadOver) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


# 1. Files in private storage


def test_every_digital_product_has_a_real_file(shop: Flask) -> None:
    """And the strength plan has a sheet beside its book."""
    rows = db.session.execute(
        select(Product.slug, ContentFile).outerjoin(ContentFile).where(Product.kind == "digital")
    ).all()
    assert all(file is not None for _, file in rows)
    assert sorted(file.format for slug, file in rows if slug == make.PLAN) == ["pdf", "zip"]
    store = FolderStore(Path(settings().CONTENT_DIR))
    for _, file in rows:
        content = b"".join(store.read(file.storage_key, 0, file.size_bytes))
        assert len(content) == file.size_bytes == store.find(file.storage_key).size
        assert content.startswith(b"%PDF-" if file.format == "pdf" else b"PK")


@pytest.mark.parametrize(
    "key", ["../secret", "/etc/passwd", "a/../../b", "a//b", "", ".", "a/.b", "A", "a\\b", "a\0b", "á"]
)
def test_no_key_leads_out_of_the_store(tmp_path: Path, key: str) -> None:
    """Whatever the key, nothing beside the folder is read or written."""
    (tmp_path / "secret").write_text("x")
    store = FolderStore(tmp_path / "content")
    for attempt in (
        store.find,
        store.local_path,
        lambda key: store.write(key, b""),
        lambda key: next(store.read(key, 0, 1)),
    ):
        with pytest.raises(ContentMissing):
            attempt(key)


def test_a_link_in_the_store_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "way-out").symlink_to(tmp_path / "secret")
    with pytest.raises(ContentMissing):
        FolderStore(tmp_path / "content").find("way-out")


def test_a_file_that_shrank_is_no_whole_download(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.write("a.pdf", b"12345")
    with pytest.raises(ContentMissing):
        list(store.read("a.pdf", 0, 6))


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"CONTENT_DIR": str(ROOT / "static" / "files")}, "static"),
        ({"SENDFILE_HEADER": "X-Evil"}, "SENDFILE_HEADER"),
        ({"SENDFILE_HEADER": "X-Accel-Redirect"}, "SENDFILE_PREFIX"),
    ],
)
def test_a_shop_that_would_show_its_files_does_not_start(environ: dict[str, str], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        TestConfig(environ)


# 2. Entitlements


def test_payment_gives_each_line_its_files(shop: Flask, gateway: FakeGateway) -> None:
    """One right per line and file, in the transaction that makes the order paid."""
    started = bought(gateway, (make.PLAN, 1), (make.GUIDE, 2), (make.WHEY, 1))
    files = files_of(started)
    assert [(item.format, item.downloads_left) for item in files] == [("pdf", 10), ("zip", 5), ("pdf", 5)]
    assert {item.state for item in files} == {"ready"}
    assert all(item.source == "order" and item.order_number == make.order_of(started).number for item in files)
    year = timedelta(days=365)
    assert all(abs(item.expires_at - clock.now() - year) < timedelta(minutes=1) for item in files)


def test_limit_and_time_are_the_products_own(shop: Flask, gateway: FakeGateway) -> None:
    make.change_product(make.GUIDE, download_limit=2, download_days=10)
    item = file_of(bought(gateway, (make.GUIDE, 3)))
    assert item.downloads_left == 6
    assert timedelta(days=9) < item.expires_at - clock.now() <= timedelta(days=10)


def test_an_unpaid_order_gives_nothing(shop: Flask) -> None:
    assert files_of(make.begin((make.GUIDE, 1), digital_consent=True)) == []


def test_a_power_cut_in_settling_gives_neither_order_nor_files(
    shop: Flask, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paid and entitled are one transaction: what comes last failing takes both back."""
    started = make.begin((make.GUIDE, 1), digital_consent=True)
    gateway.pay(started.session_id)
    with monkeypatch.context() as patch:
        patch.setattr(settlement.inventory, "sell", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            session_status.settle_session(make.owner(started), started.session_id)
    assert make.state_of(started) == ("pending", "pending")
    assert files_of(started) == []
    session_status.settle_session(make.owner(started), started.session_id)
    assert len(files_of(started)) == 1


def test_settling_again_gives_nothing_twice(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    for _ in range(2):
        with transaction():
            order = db.session.get_one(Order, make.order_of(started).id)
            receipt = settlement.ReceivedPayment(order.payment_id, order.total_minor, order.currency)
            settlement.settle(order, receipt, cause="again", now=clock.now())
    assert len(files_of(started)) == 1
    assert make.mails_of(started).count("download_ready") == 1


def test_money_after_the_cancellation_gives_the_files_once(shop: Flask, gateway: FakeGateway) -> None:
    """Paid after cancel: the order revives, and its files come with it."""
    started = make.begin((make.GUIDE, 1), digital_consent=True)
    page = gateway.pages[started.session_id]
    checkout.cancel(make.owner(started), started.order_id)
    assert make.state_of(started) == ("cancelled", "pending")
    for _ in range(2):
        with transaction():
            order = db.session.get_one(Order, make.order_of(started).id)
            receipt = settlement.ReceivedPayment("pi_late", page.total_minor, page.currency)
            settlement.settle(order, receipt, cause="late", now=clock.now())
    assert make.state_of(started) == ("confirmed", "paid")
    assert len(files_of(started)) == 1
    assert make.mails_of(started).count("download_ready") == 1


def test_a_free_order_gives_its_files_at_once(shop: Flask) -> None:
    started = make.begin((make.GUIDE, 1), digital_consent=True, coupon_code=make.make_coupon(value=100))
    assert make.state_of(started) == ("confirmed", "paid")
    assert len(files_of(started)) == 1


def test_what_only_ships_costs_no_statement_more(shop: Flask, gateway: FakeGateway, statements: Statements) -> None:
    started = make.begin((make.WHEY, 1))
    gateway.pay(started.session_id)
    with statements.at_most(40):
        session_status.settle_session(make.owner(started), started.session_id)
    assert not [one for one in statements if re.search("entitlements|content_files|downloads", one)]


def test_a_mail_says_that_it_is_ready(shop: Flask, gateway: FakeGateway, mailer: KeepingMailer) -> None:
    """A guest's mail leads to the order with its token, a customer's to the library; each is told once."""
    started = bought(gateway, (make.PLAN, 1))
    someone = make.customer()
    bought(gateway, (make.PLAN, 1), shopper=someone)
    mail_delivery.deliver_due()
    guests, customers = [letter for letter in mailer.emails_sent if "descargas" in letter.subject]
    order = make.order_of(started)
    address = f"/account/orders/{order.number}?token={make.token_of(order)}"
    for part in (guests.text, guests.html.replace("&amp;", "&")):
        assert address in part
        assert "Plan de fuerza de 12 semanas.pdf" in part
        assert "PDF" in part
        assert "KB" in part
        assert "Te quedan 5 descargas hasta el" in part
    assert f"{settings().BASE_URL}/account/library" in customers.text
    assert "token=" not in customers.text
    assert order.number in guests.subject


def test_the_library_lists_all_of_a_customer_and_nobody_elses(shop: Flask, gateway: FakeGateway) -> None:
    ana, eva = make.customer("ana@example.com"), make.customer("eva@example.com")
    first = bought(gateway, (make.GUIDE, 1), shopper=ana)
    second = bought(gateway, (make.PLAN, 1), shopper=ana)
    numbers = [make.order_of(one).number for one in (second, second, first)]
    assert ana.customer_id
    assert eva.customer_id
    assert [item.order_number for item in library.list_for(ana.customer_id, language="es")] == numbers
    assert library.list_for(eva.customer_id, language="es") == []
    english = library.list_for(ana.customer_id, language="en")
    assert english[0].name == "12-week strength plan"


def test_an_account_that_adopts_a_guests_order_gets_its_files(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    ana = make.customer(make.EMAIL)
    with transaction():
        db.session.execute(update(Order).where(Order.email == make.EMAIL).values(customer_id=ana.customer_id))
    assert ana.customer_id
    assert len(library.list_for(ana.customer_id, language="es")) == 1
    assert library.make_link(ana, file_of(started).entitlement_id).url


# 3. Links and uses


def test_a_link_is_for_the_owner_or_the_orders_token(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    item, token = file_of(started), make.token_of(make.order_of(started))
    assert library.make_link(make.owner(started), item.entitlement_id)
    assert library.make_link(NOBODY, item.entitlement_id, token=token)
    for stranger, proof in ((NOBODY, None), (make.customer(), None), (NOBODY, "x"), (NOBODY, ""), (NOBODY, "ñ")):
        with pytest.raises(NotFound):
            library.make_link(stranger, item.entitlement_id, token=proof)
    with pytest.raises(NotFound):
        library.make_link(make.owner(started), "01unknown")


def test_the_token_of_another_order_opens_nothing(shop: Flask, gateway: FakeGateway) -> None:
    mine, theirs = bought(gateway), bought(gateway)
    with pytest.raises(NotFound):
        library.make_link(NOBODY, file_of(theirs).entitlement_id, token=make.token_of(make.order_of(mine)))


def test_a_link_lives_ten_minutes(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    with time_machine.travel(make.moment(25), tick=False) as clockwork:
        link = library.make_link(make.owner(started), file_of(started).entitlement_id)
        assert timedelta(0) < link.expires_at - clock.now() <= timedelta(minutes=10)
        clockwork.shift(timedelta(minutes=9, seconds=59))
        assert transfers.present(link.token)
        clockwork.shift(timedelta(seconds=1))
        assert refused(lambda: transfers.present(link.token)) == "download_expired"


def test_a_forged_link_is_no_link(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    token = library.make_link(make.owner(started), file_of(started).entitlement_id).token
    payload, signature = token.rsplit(".", 1)
    other_key = URLSafeSerializer("another key", salt="download").dumps(["x", "y", 9_999_999_999])
    other_use = URLSafeSerializer(settings().SECRET_KEY, salt="cookie").dumps(["x", "y", 9_999_999_999])
    odd = URLSafeSerializer(settings().SECRET_KEY, salt="download").dumps("text")
    for forged in (
        "",
        "x",
        payload,
        f"{payload}x.{signature}",
        f"{payload}.{signature[::-1]}",
        other_key,
        other_use,
        odd,
    ):
        with pytest.raises(NotFound):
            transfers.present(forged)


def test_a_whole_download_costs_one_use(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    item = file_of(started)
    ticket = ticket_for(started)
    assert left(item) == 5
    transfer = transfers.begin(ticket)
    assert left(item) == 4
    assert len(take_all(transfer)) == item.size_bytes == ticket.size
    assert left(item) == 4
    assert len(take_all(transfers.begin(ticket))) == ticket.size
    assert left(item) == 3


def test_a_download_that_breaks_costs_nothing(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    item = file_of(started)
    set_left(item, 1)
    for _ in range(3):
        transfers.begin(ticket_for(started)).break_off()
        assert left(item) == 1
    take_all(transfers.begin(ticket_for(started)))
    assert left(item) == 0
    assert refused(lambda: library.make_link(make.owner(started), item.entitlement_id)) == "download_limit_reached"


def test_parts_under_one_link_share_a_use(shop: Flask, gateway: FakeGateway) -> None:
    """A download manager's parts cost one use, even the last one, in whatever order they come."""
    started = bought(gateway)
    item = file_of(started)
    set_left(item, 1)
    ticket = ticket_for(started)
    middle = ticket.size // 2
    end = transfers.begin(ticket, middle, ticket.size, is_part=True)
    start = transfers.begin(ticket, 0, middle, is_part=True)
    assert left(item) == 0
    content = take_all(start) + take_all(end)
    assert len(content) == ticket.size
    assert left(item) == 0
    assert refused(lambda: transfers.present(links.issue(item.entitlement_id).token)) == "download_limit_reached"


def test_a_broken_download_resumes_for_one_use(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    item = file_of(started)
    set_left(item, 1)
    link = library.make_link(make.owner(started), item.entitlement_id)
    ticket = transfers.present(link.token)
    broken = transfers.begin(ticket)
    got = next(broken.pieces)[:100]
    broken.break_off()
    assert left(item) == 1
    rest = transfers.begin(transfers.present(link.token), 100, is_part=True)
    content = got + take_all(rest)
    assert (len(content), content[-6:]) == (ticket.size, b"%%EOF\n")
    assert left(item) == 0
    # The same link may still fetch a part again; a whole download would be another use.
    again = transfers.present(link.token)
    take_all(transfers.begin(again, 0, 10, is_part=True))
    assert refused(lambda: transfers.begin(again)) == "download_limit_reached"
    assert left(item) == 0


def test_a_part_that_breaks_while_another_flows_gives_nothing_back(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    item = file_of(started)
    ticket = ticket_for(started)
    one = transfers.begin(ticket, 0, 10, is_part=True)
    two = transfers.begin(ticket, 10, None, is_part=True)
    one.break_off()
    assert left(item) == 4
    two.break_off()
    assert left(item) == 5


def test_what_never_ended_is_given_back_after_its_link(shop: Flask, gateway: FakeGateway) -> None:
    """A killed process must not cost a use, and sweeping twice gives nothing twice."""
    with time_machine.travel(make.moment(25), tick=False) as clockwork:
        started = bought(gateway)
        item = file_of(started)
        transfers.begin(ticket_for(started))
        take_all(transfers.begin(ticket_for(started)))
        clockwork.shift(timedelta(minutes=9))
        cleanup.sweep()
        assert left(item) == 3
        clockwork.shift(timedelta(minutes=2))
        assert [cleanup.sweep(), cleanup.sweep()] == [1, 0]
        assert left(item) == 4


def test_a_transfer_that_outlives_its_link_costs_its_use_all_the_same(shop: Flask, gateway: FakeGateway) -> None:
    with time_machine.travel(make.moment(25), tick=False) as clockwork:
        started = bought(gateway)
        item = file_of(started)
        slow = transfers.begin(ticket_for(started))
        clockwork.shift(timedelta(minutes=11))
        cleanup.sweep()
        assert left(item) == 5
        take_all(slow)
        assert left(item) == 4
        broken = transfers.begin(ticket_for(started))
        clockwork.shift(timedelta(minutes=11))
        cleanup.sweep()
        broken.break_off()
        assert left(item) == 4


def test_no_transaction_is_open_while_bytes_flow(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    ticket = ticket_for(started)
    transfer = transfers.begin(ticket)
    next(transfer.pieces)
    assert not db.session().in_transaction()
    transfer.break_off()


def test_a_missing_file_costs_nothing(shop: Flask, gateway: FakeGateway) -> None:
    class Empty(FolderStore):
        def find(self, key: str) -> StoredFile:
            raise ContentMissing(key)

    started = bought(gateway)
    shop.extensions["files"] = Empty(Path("/nowhere"))
    with pytest.raises(ContentMissing):
        ticket_for(started)
    assert left(file_of(started)) == 5


# 4. Refunds, ends, re-issue


def test_refunding_a_line_ends_that_line_only(shop: Flask, gateway: FakeGateway) -> None:
    """L43: the other line's files stay open."""
    started = bought(gateway, (make.PLAN, 1), (make.GUIDE, 1))
    plan = next(line for line in make.lines_of(started) if line.slug == make.PLAN)
    refunds.request_refund(make.order_of(started).id, units={plan.id: 1})
    states = {item.format + item.state for item in files_of(started) if "fuerza" in item.name}
    assert states == {"pdfrevoked", "ziprevoked"}
    (guide,) = [item for item in files_of(started) if "mes" in item.name]
    assert guide.state == "ready"
    gone = next(item for item in files_of(started) if item.state == "revoked")
    assert gone.downloads_left == 0
    assert refused(lambda: library.make_link(make.owner(started), gone.entitlement_id)) == "download_revoked"


def test_refunding_one_of_two_units_leaves_the_line_open(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway, (make.GUIDE, 2))
    (line,) = make.lines_of(started)
    refunds.request_refund(make.order_of(started).id, units={line.id: 1})
    assert file_of(started).state == "ready"
    refunds.request_refund(make.order_of(started).id, units={line.id: 1})
    assert file_of(started).state == "revoked"


def test_a_plain_amount_ends_nothing_until_all_is_back(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    order = make.order_of(started)
    refunds.request_refund(order.id, amount_minor=100_000)
    assert file_of(started).state == "ready"
    refunds.request_refund(order.id, amount_minor=order.total_minor - 100_000)
    assert make.state_of(started)[1] == "refunded"
    assert file_of(started).state == "revoked"


def test_a_full_refund_by_the_dashboard_ends_every_line(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway, (make.PLAN, 1), (make.GUIDE, 1))
    with transaction():
        order = db.session.get_one(Order, make.order_of(started).id)
        settlement.record_refund(order, order.total_minor, cause="webhook evt_1", now=clock.now())
    assert {item.state for item in files_of(started)} == {"revoked"}


def test_a_refund_that_is_refused_gives_the_files_back(shop: Flask, gateway: FakeGateway) -> None:
    """Nobody loses both the money and the files."""
    started = bought(gateway)
    (line,) = make.lines_of(started)
    gateway.failures = [PaymentRefused("insufficient_funds")]
    refunds.request_refund(make.order_of(started).id, units={line.id: 1})
    assert make.refunds_of(started)[0].status == "failed"
    assert file_of(started).state == "ready"
    assert left(file_of(started)) == 5


def test_revoking_ends_open_links_too(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    token = library.make_link(make.owner(started), file_of(started).entitlement_id).token
    (line,) = make.lines_of(started)
    refunds.request_refund(make.order_of(started).id, units={line.id: 1})
    assert refused(lambda: transfers.present(token)) == "download_revoked"


def test_the_time_ends(shop: Flask, gateway: FakeGateway) -> None:
    with time_machine.travel(make.moment(25), tick=False) as clockwork:
        started = bought(gateway)
        item = file_of(started)
        clockwork.shift(timedelta(days=364, hours=23, minutes=55))
        token = library.make_link(make.owner(started), item.entitlement_id).token
        ticket = transfers.present(token)
        clockwork.shift(timedelta(minutes=5))
        assert file_of(started).state == "expired"
        assert refused(lambda: library.make_link(make.owner(started), item.entitlement_id)) == "download_expired"
        assert refused(lambda: transfers.present(token)) == "download_expired"
        assert refused(lambda: transfers.begin(ticket)) == "download_expired"


def test_staff_can_issue_again(shop: Flask, gateway: FakeGateway) -> None:
    """L43: downloads and time begin anew, files that came since come along, a refunded line stays closed."""
    started = bought(gateway, (make.PLAN, 1), (make.GUIDE, 1))
    guide = next(line for line in make.lines_of(started) if line.slug == make.GUIDE)
    refunds.request_refund(make.order_of(started).id, units={guide.id: 1})
    book = files_of(started)[1]
    set_left(book, 0)
    with transaction():
        for slug in (make.PLAN, make.GUIDE):
            product_id = db.session.scalar(select(Product.id).where(Product.slug == slug))
            extra = {"file_name": f"{slug}.zip", "format": "zip", "size_bytes": 1, "storage_key": f"{slug}/extra.zip"}
            db.session.add(ContentFile(product_id=product_id, **extra))
    assert library.reissue(make.order_of(started).id, staff=Actor("eva")) == 3
    plan = [item for item in files_of(started) if "fuerza" in item.name]
    assert [(item.state, item.downloads_left) for item in plan] == [("ready", 5)] * 3
    assert [item.state for item in files_of(started) if "mes" in item.name] == ["revoked"]
    assert make.mails_of(started).count("download_ready") == 2
    assert ("downloads issued again", "staff eva") in make.causes_of(started)


def test_an_unpaid_order_is_not_issued_again(shop: Flask) -> None:
    started = make.begin((make.GUIDE, 1), digital_consent=True)
    assert library.reissue(make.order_of(started).id, staff=Actor("staff")) == 0
    assert files_of(started) == []


# 5. Consent


def test_digital_goods_need_consent(shop: Flask) -> None:
    with pytest.raises(ConsentRequired):
        make.begin((make.GUIDE, 1))


@pytest.mark.parametrize("language", ["es", "en"])
def test_consent_is_kept_with_time_version_and_the_text_that_was_shown(shop: Flask, language: str) -> None:
    started = make.begin((make.GUIDE, 1), digital_consent=True, language=language)
    kept = make.order_of(started).consent
    assert kept
    assert kept["version"] == CONSENT_VERSION
    assert kept["text"] == consent_text(language)
    assert kept["language"] == language
    assert kept["at"] == make.order_of(started).placed_at.isoformat()


def test_what_only_ships_asks_for_no_consent(shop: Flask) -> None:
    assert make.order_of(make.begin((make.WHEY, 1), digital_consent=True)).consent is None


# Whoever runs the shop


def test_the_doctor_finds_what_cannot_be_downloaded(shop: Flask, tmp_path: Path) -> None:
    """A file that is not there or not whole, and a product that is sold without any."""
    assert [finding for finding in consistency.examine() if finding.area == "content"] == []
    with transaction():
        db.session.execute(delete(ContentFile).where(ContentFile.storage_key.like(f"{make.GUIDE}%")))
        db.session.execute(
            update(ContentFile).where(ContentFile.storage_key.like("recetario%")).values(storage_key="gone.pdf")
        )
        db.session.execute(
            update(ContentFile).where(ContentFile.storage_key.like("plan-carrera%")).values(size_bytes=1)
        )
    found = sorted(finding.what for finding in consistency.examine() if finding.area == "content")
    assert [what.split()[0] for what in found] == [
        "gone.pdf",
        f"{make.GUIDE}",
        "plan-carrera-10k/plan-carrera-10k.pdf",
    ]


def test_staff_issue_again_by_command(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway)
    set_left(file_of(started), 0)
    number = make.order_of(started).number
    done = shop.test_cli_runner().invoke(args=["orders", "reissue", number, "--as", "eva"])
    assert done.output == f"{number} 1 files issued again\n"
    assert left(file_of(started)) == 5
