"""The demo catalogue: fictitious brands, honest descriptions, prices in whole pesos with IVA included."""

from storefront.seed.catalogue import digital, training, wellbeing
from storefront.seed.catalogue.facts import FACTS
from storefront.seed.catalogue.shapes import SeedCategory, SeedOption, SeedProduct, SeedVariant

CATEGORIES: tuple[SeedCategory, ...] = (
    SeedCategory("nutricion", "Nutrición", "Nutrition"),
    SeedCategory("fuerza", "Fuerza", "Strength"),
    SeedCategory("cardio-y-movilidad", "Cardio y movilidad", "Cardio and mobility"),
    SeedCategory("accesorios", "Accesorios y ropa", "Accessories and clothing"),
    SeedCategory("planes-y-guias", "Planes y guías", "Plans and guides"),
    SeedCategory("suscripciones", "Suscripciones", "Subscriptions"),
)

PRODUCTS: tuple[SeedProduct, ...] = wellbeing.PRODUCTS + training.PRODUCTS + digital.PRODUCTS

__all__ = ["CATEGORIES", "FACTS", "PRODUCTS", "SeedCategory", "SeedOption", "SeedProduct", "SeedVariant"]
