"""Loading the demo shop into the database; rows that are there already stay as they are."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import select

from storefront.clock import BOGOTA
from storefront.database import db, transaction
from storefront.domain.catalogue import Category, FormerSlug, Product, ProductOption, Variant, option_key
from storefront.domain.coupon import Coupon
from storefront.domain.customer import Customer
from storefront.domain.download import ContentFile
from storefront.domain.inventory import Stock
from storefront.domain.picture import WIDTHS, Picture
from storefront.domain.plan_content import PlanContent
from storefront.domain.search import index_products
from storefront.enums import CouponKind, PageKind, StaffRole
from storefront.money import pesos
from storefront.seed.catalogue import CATEGORIES, FACTS, PRODUCTS, SeedOption, SeedProduct, SeedVariant
from storefront.seed.content import SeedFile, store_files
from storefront.seed.coupons import COUPONS, SeedCoupon
from storefront.seed.pictures import PICTURES, store_pictures
from storefront.services.accounts.passwords import hash_password

DEMO_PASSWORD = "demo-Passw0rd!"


def load(now: datetime) -> None:
    """Add what is missing of the demo's catalogue, coupons and logins, each once."""
    sizes, digests = store_files(), store_pictures()
    with transaction():
        _load_goods(now, sizes, digests)
        existing = set(db.session.scalars(select(Coupon.code)))
        db.session.add_all(_coupon(seed) for seed in COUPONS if seed.code not in existing)
        _load_logins(now)


def _load_goods(now: datetime, sizes: Mapping[SeedFile, int], digests: Mapping[str, str]) -> None:
    """Add what is missing of the goods, their files and what plans include, inside a transaction.

    `sizes` are those of the files in the store, `digests` those of the pictures.
    """
    ids = _load_catalogue(now, digests)
    _load_files(sizes, ids)
    _load_plan_contents(ids)


def _load_catalogue(now: datetime, digests: Mapping[str, str]) -> dict[str, str]:
    """Add what is missing, and return the ids of all products by the addresses that they have in the seed."""
    categories = _categories()
    ids = _known_products()
    added = []
    for age, seed in enumerate(PRODUCTS):
        if seed.slug not in ids:
            product = _product(seed, categories[seed.category], now - timedelta(days=age))
            db.session.add(product)
            db.session.flush()  # pictures refer to products and variants
            db.session.add_all(_pictures(product, digests, now))
            added.append(product)
            ids[seed.slug] = product.id
    index_products(added)
    return ids


def _categories() -> dict[str, Category]:
    """Return the categories by the addresses that they have in the seed, with those that are missing."""
    by_id = {str(row.id): row for row in db.session.scalars(select(Category))}
    found = {row.slug: by_id[row.target_id] for row in _former(PageKind.CATEGORY) if row.target_id in by_id}
    found |= {row.slug: row for row in by_id.values()}
    for seed in CATEGORIES:
        if seed.slug not in found:
            found[seed.slug] = Category(slug=seed.slug, name=seed.name, name_en=seed.name_en)
            db.session.add(found[seed.slug])
    return found


def _known_products() -> dict[str, str]:
    """Return the ids of products by the addresses that they have in the seed, whatever staff have changed since."""
    by_sku = dict(db.session.execute(select(Variant.sku, Variant.product_id)).all())
    found = {row.slug: row.target_id for row in _former(PageKind.PRODUCT)}
    found |= dict(db.session.execute(select(Product.slug, Product.id)).all())
    for seed in PRODUCTS:
        skus = [variant.sku for variant in seed.variants] or [seed.sku]
        known = next((by_sku[sku] for sku in skus if sku in by_sku), None)
        if seed.slug not in found and known:
            found[seed.slug] = known
    return found


def _former(kind: PageKind) -> Iterator[FormerSlug]:
    yield from db.session.scalars(select(FormerSlug).where(FormerSlug.kind == kind))


def _load_plan_contents(ids: Mapping[str, str]) -> None:
    existing = {(row.plan_id, row.product_id) for row in db.session.scalars(select(PlanContent))}
    contents = [(ids[seed.slug], ids[slug]) for seed in PRODUCTS for slug in seed.content]
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
        facts=list(FACTS[seed.slug]),
        options=[_option(option) for option in seed.options],
        tax_rate=seed.tax_rate,
        category=category,
        brand=seed.brand,
        image=seed.image,
        withdrawal_exception=seed.withdrawal_exception,
        popularity=seed.popularity,
        created_at=created_at,
    )
    product.variants = [_variant(seed, variant, place) for place, variant in enumerate(seed.variants)] or [_only(seed)]
    product.summarise()
    return product


def _pictures(product: Product, digests: Mapping[str, str], now: datetime) -> Iterator[Picture]:
    """Yield the pictures of a product in their order; one that shows a colour belongs to each size in it."""
    position = 0
    for seed in PICTURES.get(product.slug, ()):
        shown: list[str | None] = [one.id for one in product.variants if seed.value in one.option_values]
        for variant_id in shown or [None]:
            yield Picture(
                product_id=product.id,
                variant_id=variant_id,
                position=position,
                digest=digests[seed.file],
                width=WIDTHS[-1],
                height=WIDTHS[-1],
                alt_es=seed.alt,
                alt_en=seed.alt_en,
                created_at=now,
            )
            position += 1


def _option(seed: SeedOption) -> ProductOption:
    values, values_en = zip(*seed.values, strict=True)
    return ProductOption(name=seed.name, name_en=seed.name_en, values=list(values), values_en=list(values_en))


def _only(seed: SeedProduct) -> Variant:
    return Variant(
        sku=seed.sku,
        price_minor=pesos(seed.price_pesos),
        original_price_minor=_original_price(seed),
        interval=seed.interval,
        trial_days=seed.trial_days,
        is_active=True,
        stock=None if seed.stock is None else _stock(seed.stock),
    )


def _variant(product: SeedProduct, seed: SeedVariant, position: int) -> Variant:
    return Variant(
        sku=seed.sku,
        option_values=list(seed.values),
        option_key=option_key(seed.values),
        price_minor=pesos(seed.price_pesos or product.price_pesos),
        original_price_minor=_original_price(product),
        position=position,
        is_active=True,
        stock=_stock(seed.stock),
    )


def _original_price(seed: SeedProduct) -> int | None:
    return pesos(seed.original_price_pesos) if seed.original_price_pesos else None


def _stock(units: int) -> Stock:
    return Stock(initial=units, on_hand=units, reserved=0)


def _load_files(sizes: Mapping[SeedFile, int], ids: Mapping[str, str]) -> None:
    existing = {file.storage_key: file for file in db.session.scalars(select(ContentFile))}
    for seed, size in sizes.items():
        if seed.key in existing:
            existing[seed.key].size_bytes = size
        else:
            db.session.add(
                ContentFile(
                    product_id=ids[seed.slug],
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
