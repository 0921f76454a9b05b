"""Alerts of sold-out variants: asked for, confirmed by a mail, told once when there are units again, and ended.

Whatever is asked for, the answer is the same, so that nobody learns who waits for what.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, delete, func, or_, select, update

from storefront import clock
from storefront.database import db, insert_once, rows_changed, transaction
from storefront.domain import outbox, stock_alert
from storefront.domain.catalogue import Product, Variant
from storefront.domain.inventory import Stock
from storefront.domain.outbox import Occasion
from storefront.domain.persons import canonical_email
from storefront.domain.stock_alert import StockAlert
from storefront.enums import ProductStatus
from storefront.errors import InvalidInput, NotFound, VariantRequired
from storefront.ids import new_id
from storefront.settings import settings

ALERT_LIFE = timedelta(days=183)
CONFIRM_WITHIN = timedelta(hours=48)
MOST_UNCONFIRMED = 3
"""Alerts of one mailbox that wait for its click at once; others are not asked about, whoever typed the address."""


class AlertShown(NamedTuple):
    """An alert as the page behind its links shows it."""

    name: str
    slug: str
    variant_id: str
    is_confirmed: bool


def ask(product_key: str, variant_id: str, email: str, language: str, *, is_proved: bool) -> None:
    """Have an address told when a variant is back; unless it `is_proved` to be the caller's, it gets a mail first.

    `email` is normalised. Raises `NotFound`, `VariantRequired`, and `InvalidInput` for a variant of another product.
    """
    with transaction():
        now, variant = clock.now(), _variant(product_key, variant_id)
        if not variant.is_physical:
            return
        if not is_proved and _unconfirmed(email, variant.id, now) >= MOST_UNCONFIRMED:
            return
        life = ALERT_LIFE if is_proved else CONFIRM_WITHIN
        values = {"id": new_id(), "variant_id": variant.id, "email": email, "person": canonical_email(email)}
        times = {"created_at": now, "expires_at": now + life}
        own = (StockAlert.variant_id == variant.id, StockAlert.email == email)
        rows_changed(delete(StockAlert).where(*own, StockAlert.expires_at <= now))
        insert_once(StockAlert, values | {"language": language} | times, unique=("variant_id", "email"))
        alert = _locked(variant.id, email)
        if is_proved:
            alert.confirmed_at, alert.expires_at = alert.confirmed_at or now, now + ALERT_LIFE
        elif alert.confirmed_at is None:
            alert.expires_at = now + CONFIRM_WITHIN
            outbox.enqueue(
                _key("stock_alert_confirm", alert.id, now),
                "stock_alert_confirm",
                recipient=email,
                language=language,
                now=now,
                **_context(alert.id, variant, language),
            )


def ask_to_end(product_key: str, variant_id: str, email: str, language: str, *, is_proved: bool) -> None:
    """End an alert; unless the address `is_proved` to be the caller's, its reader gets a mail with the link for it."""
    with transaction():
        now, variant = clock.now(), _variant(product_key, variant_id)
        alert = db.session.scalar(_of(variant.id, email))
        if alert is None:
            return
        if is_proved:
            db.session.delete(alert)
        elif alert.confirmed_at is not None:
            outbox.enqueue(
                _key("stock_alert_end", alert.id, now),
                "stock_alert_end",
                recipient=email,
                language=language,
                now=now,
                **_context(alert.id, variant, language),
            )


def find(token: str, language: str) -> AlertShown | None:
    """Return the alert of a link, None if it is over or the link was never the shop's."""
    named = StockAlert.id == stock_alert.id_of(token), StockAlert.expires_at > clock.now()
    rows = select(StockAlert, Variant).join(Variant, Variant.id == StockAlert.variant_id).where(*named)
    found = db.session.execute(rows).unique().one_or_none()
    if found is None:
        return None
    alert, variant = found
    return AlertShown(variant.name_in(language), variant.slug, variant.id, alert.confirmed_at is not None)


def confirm(token: str) -> bool:
    """Confirm the alert of a link; return whether there is one, also if it was confirmed before."""
    with transaction():
        now = clock.now()
        named = StockAlert.id == stock_alert.id_of(token), StockAlert.expires_at > now
        values = {"confirmed_at": func.coalesce(StockAlert.confirmed_at, now), "expires_at": now + ALERT_LIFE}
        return rows_changed(update(StockAlert).where(*named).values(values)) == 1


def end(token: str) -> None:
    """End the alert of a link; nothing happens if it is over."""
    with transaction():
        rows_changed(delete(StockAlert).where(StockAlert.id == stock_alert.id_of(token)))


def tell_due(limit: int = 200) -> int:
    """Write one mail for each alert whose variant can be bought again, which ends it; return how many.

    However units came back, this looks at what there is. The deletion is the lock: of two workers one gets the row.
    """
    now = clock.now()
    if db.session.scalar(_due(now).limit(1)) is None:
        return 0
    with transaction():
        due = _due(now).order_by(StockAlert.created_at, StockAlert.id).limit(limit)
        taken = delete(StockAlert).where(StockAlert.id.in_(due.with_for_update(of=StockAlert, skip_locked=True)))
        columns = (StockAlert.id, StockAlert.variant_id, StockAlert.email, StockAlert.language)
        rows = db.session.execute(taken.returning(*columns).execution_options(synchronize_session=False)).all()
        named = select(Variant).where(Variant.id.in_({row.variant_id for row in rows}))
        variants = {variant.id: variant for variant in db.session.scalars(named).unique()}
        outbox.enqueue_all("stock_back", [_occasion(row, variants[row.variant_id]) for row in rows], now=now)
        return len(rows)


def forget() -> int:
    """Delete alerts that expired, or wait for what will not be sold again; return how many."""
    now = clock.now()
    is_kept = select(and_(Product.status != ProductStatus.ARCHIVED, Variant.is_active)).select_from(Variant)
    is_kept = is_kept.join(Product, Product.id == Variant.product_id).where(Variant.id == StockAlert.variant_id)
    is_over = or_(StockAlert.expires_at <= now, is_kept.scalar_subquery().is_(False))
    if db.session.scalar(select(StockAlert.id).where(is_over).limit(1)) is None:
        return 0
    with transaction():
        return rows_changed(delete(StockAlert).where(is_over))


def links_of(alert_id: str, path: str) -> dict[str, str]:
    """Return the links of an alert's mail: to the product, and to the page that confirms or ends the alert."""
    base = settings().BASE_URL
    return {"product_url": base + path, "alert_url": f"{base}/stock-alerts/{stock_alert.token_of(alert_id)}"}


def _occasion(alert: Row[*tuple[Any, ...]], variant: Variant) -> Occasion:
    context = _context(alert.id, variant, alert.language)
    return Occasion(f"stock_back:{alert.id}", alert.email, alert.language, context)


def _due(now: datetime) -> Select[str]:
    is_sold = and_(Variant.is_active, Product.is_published)
    return (
        select(StockAlert.id)
        .join(Stock, Stock.variant_id == StockAlert.variant_id)
        .join(Variant, Variant.id == StockAlert.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(StockAlert.confirmed_at.is_not(None), StockAlert.expires_at > now)
        .where(Stock.on_hand > Stock.reserved, is_sold)
    )


def _variant(product_key: str, variant_id: str) -> Variant:
    """Return the variant that is meant, of a product on sale."""
    named = or_(Product.slug == product_key, Product.id == product_key)
    on_sale = select(Variant).join(Variant.product).where(named, Product.is_published, Variant.is_active)
    variants = db.session.scalars(on_sale.order_by(Variant.position, Variant.id)).unique().all()
    if not variants:
        raise NotFound(product_id=product_key)
    if not variant_id and len(variants) > 1:
        raise VariantRequired(
            name=variants[0].product.name, variants=[variant.choice for variant in variants], field="variantId"
        )
    found = next((variant for variant in variants if variant.id == (variant_id or variants[0].id)), None)
    if found is None:
        raise InvalidInput({"variantId": "invalid"})
    return found


def _unconfirmed(email: str, variant_id: str, now: datetime) -> int:
    others = and_(StockAlert.person == canonical_email(email), StockAlert.variant_id != variant_id)
    waiting = select(func.count()).where(others, StockAlert.confirmed_at.is_(None), StockAlert.expires_at > now)
    return db.session.scalar(waiting) or 0


def _of(variant_id: str, email: str) -> Select[StockAlert]:
    return select(StockAlert).where(StockAlert.variant_id == variant_id, StockAlert.email == email).with_for_update()


def _locked(variant_id: str, email: str) -> StockAlert:
    return db.session.scalars(_of(variant_id, email).execution_options(populate_existing=True)).one()


def _key(template: str, alert_id: str, now: datetime) -> str:
    """Return the occasion of a mail about an alert: one an hour."""
    return f"{template}:{alert_id}:{int(now.timestamp()) // 3600}"


def _context(alert_id: str, variant: Variant, language: str) -> dict[str, Any]:
    path = f"/products/{variant.slug}?variant={variant.id}"
    return {"alert_id": alert_id, "name": variant.name_in(language), "path": path}
