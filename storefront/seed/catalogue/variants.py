"""Options of the demo's products, and the variants that are sold of them."""

from storefront.seed.catalogue.shapes import SeedOption, SeedVariant

_COLOUR = SeedOption("Color", "Colour", (("negro", "black"), ("naranja", "orange")))
SHIRT_OPTIONS = (SeedOption("Talla", "Size", (("S", "S"), ("M", "M"), ("L", "L"), ("XL", "XL"))), _COLOUR)
SHIRTS = (
    SeedVariant(sku="CAM-SEC-NEG-S", values=("S", "negro"), stock=14),
    SeedVariant(sku="CAM-SEC-NAR-S", values=("S", "naranja"), stock=12),
    SeedVariant(sku="CAM-SEC-NEG-M", values=("M", "negro"), stock=26),
    SeedVariant(sku="CAM-SEC-NAR-M", values=("M", "naranja"), stock=18),
    SeedVariant(sku="CAM-SEC-NEG-L", values=("L", "negro"), stock=6),
    SeedVariant(sku="CAM-SEC-NAR-L", values=("L", "naranja"), stock=15),
    SeedVariant(sku="CAM-SEC-NEG-XL", values=("XL", "negro"), stock=0, price_pesos=74_900),
    SeedVariant(sku="CAM-SEC-NAR-XL", values=("XL", "naranja"), stock=9, price_pesos=74_900),
)

GLOVE_SIZES = (SeedOption("Talla", "Size", (("S", "S"), ("M", "M"), ("L", "L"))),)
GLOVES = (
    SeedVariant(sku="GUA-ENT-S", values=("S",), stock=16),
    SeedVariant(sku="GUA-ENT-M", values=("M",), stock=20),
    SeedVariant(sku="GUA-ENT-L", values=("L",), stock=10),
)

FLAVOURS = (SeedOption("Sabor", "Flavour", (("cacao", "cocoa"), ("vainilla", "vanilla"))),)
PROTEIN = (
    SeedVariant(sku="NUT-VEG-CAC", values=("cacao",), stock=40),
    SeedVariant(sku="NUT-VEG-VAI", values=("vainilla",), stock=24),
)
