"""Products and categories."""

from marshmallow import fields

from storefront.api.fields import Choice, QueryBoolean, QueryInteger, Text
from storefront.api.schema import RequestSchema, ResponseSchema
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


class FactSchema(ResponseSchema):
    """A fact of a product, such as its weight."""

    name = fields.String(metadata={"example": "Peso"})
    value = fields.String(metadata={"example": "2 lb"})


class OptionSchema(ResponseSchema):
    """An option of a product with its values in order."""

    name = fields.String(metadata={"example": "Talla"})
    values = fields.List(fields.String(), metadata={"example": ["S", "M", "L"]})


class VariantSchema(ResponseSchema):
    """What is bought of a product; `available` is the units for sale now."""

    variant_id = fields.String()
    sku = fields.String()
    options = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"example": {"Talla": "M"}})
    price = fields.Integer()
    original_price = fields.Integer(allow_none=True)
    available = fields.Integer()
    in_stock = fields.Boolean()
    image = fields.String()
    interval = fields.String(allow_none=True, metadata={"enum": ["month", "year", None]})
    trial_days = fields.Integer()


class RatingSchema(ResponseSchema):
    """What buyers think of a product; `average` is null as long as nobody wrote."""

    average = fields.Float(allow_none=True)
    count = fields.Integer(metadata={"example": 0})


class ProductSchema(ResponseSchema):
    """A product; `available` is the units of all variants for sale now, `taxRate` whole percent of IVA.

    `price` is that of the cheapest variant, `priceMax` that of the dearest.
    """

    product_id = fields.String()
    slug = fields.String()
    name = fields.String()
    description = fields.String()
    kind = fields.String(metadata={"enum": ["physical", "digital", "subscription"]})
    price = fields.Integer()
    price_max = fields.Integer()
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
    facts = fields.List(fields.Nested(FactSchema))
    options = fields.List(fields.Nested(OptionSchema))
    variants = fields.List(fields.Nested(VariantSchema))
    rating = fields.Nested(RatingSchema)


class ProductDetailSchema(ProductSchema):
    """A product with the ids of those that go with it, the best first."""

    related = fields.List(fields.String())


ProductsSchema = page_of(ProductSchema, "ProductsSchema")


class CategorySchema(ResponseSchema):
    """A category and the number of its products."""

    category = fields.String(attribute="slug")
    name = fields.String()
    count = fields.Integer()


CategoriesSchema = page_of(CategorySchema, "CategoriesSchema")


class SuggestionsQuerySchema(RequestSchema):
    """What somebody has typed so far."""

    q = Text(most=100, load_default="")


class SuggestedProductSchema(ResponseSchema):
    """A product that is suggested; `priceText` is its price as pages show it."""

    product_id = fields.String()
    slug = fields.String()
    name = fields.String()
    brand = fields.String()
    price = fields.Integer()
    original_price = fields.Integer(allow_none=True)
    currency = fields.String()
    price_text = fields.String(metadata={"example": "$ 129.900"})
    image = fields.String()
    in_stock = fields.Boolean()


class SuggestionsSchema(ResponseSchema):
    """At most six products, categories that are named like it, and the nearest words if it was understood otherwise."""

    products = fields.List(fields.Nested(SuggestedProductSchema))
    categories = fields.List(fields.Nested(CategorySchema))
    did_you_mean = fields.String(allow_none=True)
