"""Products and categories."""

from marshmallow import fields

from storefront.api.fields import Choice, QueryBoolean, QueryInteger, Text
from storefront.api.schema import ResponseSchema
from storefront.api.schemas.common import PagingSchema, page_of

SORTS = ("popular", "newest", "price_asc", "price_desc", "name")


class BrowseSchema(PagingSchema):
    """Search and filters; prices are minor units."""

    category = Text(most=60, load_default="")
    brand = Text(most=60, load_default="")
    min_price = QueryInteger()
    max_price = QueryInteger()
    in_stock = QueryBoolean(load_default=False)
    search = Text(most=100, load_default="")
    sort_by = Choice(SORTS, load_default="popular")


class ProductSchema(ResponseSchema):
    """A product; `available` is the units for sale now, `taxRate` whole percent of IVA."""

    product_id = fields.String()
    slug = fields.String()
    name = fields.String()
    description = fields.String()
    kind = fields.String(metadata={"enum": ["physical", "digital", "subscription"]})
    price = fields.Integer()
    original_price = fields.Integer(allow_none=True)
    currency = fields.String()
    category = fields.String()
    category_name = fields.String()
    brand = fields.String()
    images = fields.List(fields.String())
    available = fields.Integer()
    in_stock = fields.Boolean()
    tax_rate = fields.Integer(metadata={"example": 19})
    interval = fields.String(allow_none=True, metadata={"enum": ["month", "year", None]})
    trial_days = fields.Integer()


ProductsSchema = page_of(ProductSchema, "ProductsSchema")


class CategorySchema(ResponseSchema):
    """A category and the number of its products."""

    category = fields.String(attribute="slug")
    name = fields.String()
    count = fields.Integer()


class CategoriesSchema(ResponseSchema):
    """Every category that has products."""

    items = fields.List(fields.Nested(CategorySchema))
