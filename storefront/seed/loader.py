"""Loading the demo shop into the database; rows that are there already stay as they are."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import select

from storefront.clock import BOGOTA
from storefront.database import db, transaction
from storefront.domain.catalogue import Category, Product
from storefront.domain.coupon import Coupon
from storefront.domain.customer import Customer
from storefront.domain.download import ContentFile
from storefront.domain.inventory import Stock
from storefront.domain.plan_content import PlanContent
from storefront.enums import CouponKind, StaffRole
from storefront.money import pesos
from storefront.seed.catalogue import CATEGORIES, PRODUCTS, SeedProduct
from storefront.seed.content import SeedFile, store_files
from storefront.seed.coupons import COUPONS, SeedCoupon
from storefront.services.accounts.passwords import hash_password

DEMO_PASSWORD = "demo-Passw0rd!"


def load(now: datetime) -> None:
    """Add what is missing of the demo's catalogue, coupons and logins, each once."""
    sizes = store_files()
    with transaction():
        load_goods(now, sizes)
        existing = set(db.session.scalars(select(Coupon.code)))
        db.session.add_all(_coupon(seed) for seed in COUPONS if seed.code not in existing)
        _load_logins(now)


def load_goods(now: datetime, sizes: Mapping[SeedFile, int]) -> None:
    """Add what is missing of the goods, their files and what plans include, inside a transaction."""
    _load_catalogue(now)
    _load_files(sizes)
    _load_plan_contents()


def _load_catalogue(now: datetime) -> None:
    categories = {row.slug: row for row in db.session.scalars(select(Category))}
    for category in CATEGORIES:
        if category.slug not in categories:
            categories[category.slug] = Category(slug=category.slug, name=category.name, name_en=category.name_en)
    db.session.add_all(categories.values())
    existing = set(db.session.scalars(select(Product.slug)))
    for age, seed in enumerate(PRODUCTS):
        if seed.slug not in existing:
            db.session.add(_product(seed, categories[seed.category], now - timedelta(days=age)))


def _load_plan_contents() -> None:
    products = {product.slug: product.id for product in db.session.scalars(select(Product))}
    existing = {(row.plan_id, row.product_id) for row in db.session.scalars(select(PlanContent))}
    contents = [(products[seed.slug], products[slug]) for seed in PRODUCTS for slug in seed.content]
    db.session.add_all(
        PlanContent(plan_id=plan, product_id=key) for plan, key in contents if (plan, key) not in existing
    )


def _product(seed: SeedProduct, category: Category, created_at: datetime) -> Product:
    product = Product(
        slug=seed.slug,
        kind=seed.kind,
        name=seed.name,
        name_en=seed.name_en,
        description=seed.description,
        description_en=seed.description_en,
        price_minor=pesos(seed.price_pesos),
        original_price_minor=pesos(seed.original_price_pesos) if seed.original_price_pesos else None,
        tax_rate=seed.tax_rate,
        category=category,
        brand=seed.brand,
        image=seed.image,
        interval=seed.interval,
        trial_days=seed.trial_days,
        withdrawal_exception=seed.withdrawal_exception,
        popularity=seed.popularity,
        created_at=created_at,
    )
    product.refresh_search_text(category)
    if seed.stock is not None:
        product.stock = Stock(initial=seed.stock, on_hand=seed.stock, reserved=0)
    return product


def _load_files(sizes: Mapping[SeedFile, int]) -> None:
    products = {product.slug: product.id for product in db.session.scalars(select(Product))}
    existing = {file.storage_key: file for file in db.session.scalars(select(ContentFile))}
    for seed, size in sizes.items():
        if seed.key in existing:
            existing[seed.key].size_bytes = size
        else:
            db.session.add(
                ContentFile(
                    product_id=products[seed.slug],
                    file_name=seed.file_name,
                    format=seed.format,
                    size_bytes=size,
                    storage_key=seed.key,
                )
            )


def _coupon(seed: SeedCoupon) -> Coupon:
    return Coupon(
        code=seed.code,
        kind=seed.type,
        value=pesos(seed.value) if seed.type == CouponKind.FIXED else seed.value,
        cap_minor=pesos(seed.cap_pesos) if seed.cap_pesos else None,
        minimum_minor=pesos(seed.minimum_pesos),
        starts_at=_midnight(seed.starts, 0),
        ends_at=_midnight(seed.ends, 1),
        max_uses=seed.max_uses,
        max_uses_per_customer=seed.per_customer,
        is_first_order_only=seed.first_order_only,
        categories=list(seed.categories),
        products=[],
    )


def _midnight(day: str | None, days_later: int) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(datetime.fromisoformat(day), time.min, BOGOTA) + timedelta(days=days_later)


def _load_logins(now: datetime) -> None:
    existing = set(db.session.scalars(select(Customer.email)))
    for name, role in (("shopper", None), ("staff", StaffRole.OWNER)):
        email = f"{name}@example.com"
        if email not in existing:
            db.session.add(
                Customer(
                    email=email,
                    password_hash=hash_password(DEMO_PASSWORD),
                    first_name="Valentina" if name == "shopper" else "Andrés",
                    last_name="Rojas" if name == "shopper" else "Moreno",
                    staff_role=role,
                    email_verified_at=now,
                    created_at=now,
                )
            )
