"""Filling the demonstration again: what staff have moved or renamed since is not added a second time."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from storefront.clock import now
from storefront.database import db
from storefront.domain.catalogue import Category, Product, Variant
from storefront.domain.download import ContentFile
from storefront.domain.plan_content import PlanContent
from storefront.enums import ProductStatus
from storefront.seed import load
from storefront.services import catalogue
from storefront.services.audit import Actor
from storefront.services.catalogue import category_editing, editing
from storefront.services.catalogue.drafts import draft_of
from tests.factories import GUIDE, PLAN, WHEY

STAFF = Actor("ana@example.com")


def sizes() -> list[int]:
    tables = (Category, Product, Variant, ContentFile, PlanContent)
    found = [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
    db.session.rollback()
    return found


def move(slug: str, new: str, **values: object) -> None:
    product = editing.get(catalogue.get_product(slug).id)
    draft = replace(draft_of(product), slug=new, **values)
    editing.change(product.id, product.version, draft, staff=STAFF)


@pytest.mark.dialects
def test_a_second_filling_adds_nothing_whatever_moved(shop: Flask) -> None:
    before = sizes()
    move(WHEY, "proteina-nueva")
    move(GUIDE, "guia-nueva")
    move(PLAN, "premium")
    move("camiseta-secado-rapido", "camiseta-borrador", status=ProductStatus.DRAFT)
    category = db.session.scalars(select(Category).order_by(Category.id)).first()
    assert category
    category_editing.change(
        category.id,
        category_editing.CategoryDraft(name="Otra", name_en="Other", slug="otra-direccion"),
        staff=STAFF,
    )
    db.session.rollback()
    load(now())
    assert sizes() == before


def test_an_address_that_nobody_kept_is_known_by_its_article_numbers(shop: Flask) -> None:
    before = sizes()
    move(WHEY, WHEY, status=ProductStatus.DRAFT)
    product = db.session.scalars(select(Product).where(Product.slug == WHEY)).one()
    draft, version = replace(draft_of(product), slug="otro-borrador"), product.version
    editing.change(product.id, version, draft, staff=STAFF)
    load(now())
    assert sizes() == before
