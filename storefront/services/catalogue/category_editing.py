"""Categories as staff make and change them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain.catalogue import Category, Product
from storefront.domain.search import move_category_words
from storefront.enums import AuditAction, AuditObject, PageKind
from storefront.errors import InvalidInput, NotFound
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.catalogue import writing
from storefront.services.catalogue.browsing import forget_categories
from storefront.services.catalogue.checking import slug_problem
from storefront.text import line_problem, slug_from

MAX_NAME = 80
MAX_SLUG = 60
MAX_POSITION = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryDraft:
    """A category as it is typed; an empty `slug` is made from the name, and `parent_id` 0 is none."""

    name: str
    name_en: str
    slug: str = ""
    position: int = 0
    is_visible: bool = True
    parent_id: int = 0


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category with its number of products, whatever their state."""

    category: Category
    products: int

    def indented_name(self, language: str) -> str:
        """Return its name in a language, behind a dash if it stands under another one."""
        name = self.category.name_in(language)
        return f"— {name}" if self.category.parent_id else name


def list_all() -> list[CategoryRow]:
    """Return every category, each after the one that it stands under."""
    count = func.count(Product.id)
    rows = db.session.execute(
        select(Category, count)
        .outerjoin(Product, Product.category_id == Category.id)
        .group_by(Category.id)
        .order_by(Category.position, Category.name)
    ).all()
    found = [CategoryRow(*row) for row in rows]
    tops = [row for row in found if row.category.parent_id is None]
    return [one for top in tops for one in (top, *_under(found, top))]


def get(category_id: int) -> Category:
    """Return a category, or raise `NotFound`."""
    category = db.session.get(Category, category_id)
    if category is None:
        raise NotFound(category_id=category_id)
    return category


def create(draft: CategoryDraft, *, staff: Actor) -> int:
    """Add a category and return its id; raise `InvalidInput` with the fields of the draft."""
    slug = draft.slug or slug_from(draft.name, MAX_SLUG)
    try:
        with transaction():
            _check(draft, slug, None)
            category = Category(slug=slug)
            _fill(category, draft)
            db.session.add(category)
            _flush(category)
            category_id = category.id
            audit.record(staff, AuditAction.CREATED, AuditObject.CATEGORY, str(category.id), after=_facts_of(category))
    except IntegrityError as error:
        raise InvalidInput({"slug": "taken"}) from error
    forget_categories()
    return category_id


def change(category_id: int, draft: CategoryDraft, *, staff: Actor) -> None:
    """Change a category; raise `NotFound` or `InvalidInput`. A former address leads to the present one for ever."""
    try:
        with transaction():
            category = get(category_id)
            slug, before = draft.slug or category.slug, _facts_of(category)
            _check(draft, slug, category)
            if slug != category.slug:
                writing.move(PageKind.CATEGORY, str(category.id), category.slug, slug, is_kept=True)
                coupons.move_category(category.slug, slug)
                category.slug = slug
            _fill(category, draft)
            _flush(category)
            after = _facts_of(category)
            if (before["name"], before["name_en"]) != (after["name"], after["name_en"]):
                move_category_words(category)
            audit.record(staff, AuditAction.CHANGED, AuditObject.CATEGORY, str(category.id), before=before, after=after)
    except IntegrityError as error:
        raise InvalidInput({"slug": "taken"}) from error
    forget_categories()


def remove(category_id: int, *, staff: Actor) -> None:
    """Delete an empty category; raise `NotFound`, or `InvalidInput` if products or other categories are in it."""
    try:
        with transaction():
            category = get(category_id)
            if db.session.scalar(select(Product.id).where(Product.category_id == category_id).limit(1)):
                raise InvalidInput({"category": "has_products"})
            if db.session.scalar(select(Category.id).where(Category.parent_id == category_id).limit(1)):
                raise InvalidInput({"category": "has_categories"})
            if coupons.names_category(category.slug):
                raise InvalidInput({"category": "has_coupons"})
            facts = _facts_of(category)
            audit.record(staff, AuditAction.REMOVED, AuditObject.CATEGORY, str(category.id), before=facts)
            db.session.delete(category)
    except IntegrityError as error:  # a product came in while we looked
        raise InvalidInput({"category": "has_products"}) from error
    forget_categories()


def _facts_of(category: Category) -> dict[str, object]:
    return {
        "name": category.name,
        "name_en": category.name_en,
        "slug": category.slug,
        "position": category.position,
        "is_visible": category.is_visible,
        "parent_id": category.parent_id,
    }


def _under(found: Sequence[CategoryRow], top: CategoryRow) -> list[CategoryRow]:
    return [row for row in found if row.category.parent_id == top.category.id]


def _fill(category: Category, draft: CategoryDraft) -> None:
    category.name, category.name_en = draft.name, draft.name_en
    category.position, category.is_visible = draft.position, draft.is_visible
    category.parent_id = draft.parent_id or None


def _flush(category: Category) -> None:
    """Write, and look again for a category that left this address while we waited at the unique key."""
    db.session.flush()
    if writing.former_owner(PageKind.CATEGORY, category.slug, str(category.id)):
        raise InvalidInput({"slug": "taken"})


def _check(draft: CategoryDraft, slug: str, category: Category | None) -> None:
    problems = {}
    for field, text in (("name", draft.name), ("name_en", draft.name_en)):
        if code := line_problem(text, MAX_NAME):
            problems[field] = code
    own_id = category.id if category else 0
    if not slug and "name" not in problems:
        problems["slug"] = "required"
    elif slug and (code := slug_problem(slug, MAX_SLUG)):
        problems["slug"] = code
    elif slug and db.session.scalar(select(Category.id).where(Category.slug == slug, Category.id != own_id)):
        problems["slug"] = "taken"
    if not 0 <= draft.position <= MAX_POSITION:
        problems["position"] = "out_of_range"
    if draft.parent_id and (code := _parent_problem(draft.parent_id, own_id)):
        problems["parent"] = code
    if problems:
        raise InvalidInput(problems)


def _parent_problem(parent_id: int, own_id: int) -> str:
    """Categories stand one level deep: the upper one has none above it, and the lower one none below it."""
    parent = db.session.get(Category, parent_id)
    if parent is None or parent.id == own_id or parent.parent_id is not None:
        return "invalid"
    has_lower = own_id and db.session.scalar(select(Category.id).where(Category.parent_id == own_id).limit(1))
    return "has_categories" if has_lower else ""
