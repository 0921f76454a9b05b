"""Nutrition, accessories and clothing."""

from storefront.enums import TaxRate, WithdrawalExclusion
from storefront.seed.catalogue.shapes import SeedProduct
from storefront.seed.catalogue.variants import FLAVOURS, GLOVE_SIZES, GLOVES, PROTEIN, SHIRT_OPTIONS, SHIRTS

PRODUCTS: tuple[SeedProduct, ...] = (
    SeedProduct(
        slug="whey-protein-2lb",
        sku="NUT-WHEY-2LB",
        name="Proteína de suero 2 lb, vainilla",
        name_en="Whey protein 2 lb, vanilla",
        description="Concentrado de suero de leche en tarro de 2 libras (907 g), 28 porciones de 24 g de proteína. "
        "Mezcla una medida con 250 ml de agua o leche después de entrenar. Contiene leche. "
        "Es un suplemento dietario: no es un medicamento y no suple una alimentación equilibrada.",
        description_en="Whey concentrate in a 2 lb (907 g) tub, 28 servings with 24 g of protein each. "
        "Mix one scoop with 250 ml of water or milk after training. Contains milk. "
        "It is a dietary supplement: not a medicine and no substitute for a balanced diet.",
        price_pesos=129_900,
        category="nutricion",
        stock=120,
        image="whey-protein-2lb",
        withdrawal_exception=WithdrawalExclusion.PERSONAL_USE,
        popularity=98,
    ),
    SeedProduct(
        slug="proteina-vegetal-1kg",
        name="Proteína vegetal de arveja y quinua 1 kg",
        name_en="Pea and quinoa protein 1 kg",
        description="Proteína de arveja con quinua de Boyacá, con cacao o vainilla, en bolsa de 1 kg, sin lactosa. "
        "Cada porción de 33 g aporta 22 g de proteína; se mezcla mejor en licuadora. "
        "Es un suplemento dietario: no es un medicamento y no suple una alimentación equilibrada.",
        description_en="Pea protein with quinoa from Boyacá, with cocoa or vanilla, in a 1 kg bag, lactose free. "
        "Each 33 g serving brings 22 g of protein; a blender mixes it best. "
        "It is a dietary supplement: not a medicine and no substitute for a balanced diet.",
        price_pesos=118_900,
        original_price_pesos=139_900,
        category="nutricion",
        brand="AndesFit",
        options=FLAVOURS,
        variants=PROTEIN,
        image="proteina-vegetal-1kg",
        withdrawal_exception=WithdrawalExclusion.PERSONAL_USE,
        popularity=74,
    ),
    SeedProduct(
        slug="creatina-monohidratada-300g",
        sku="NUT-CREA-300",
        name="Creatina monohidratada 300 g",
        name_en="Creatine monohydrate 300 g",
        description="Creatina monohidratada micronizada, sin sabor, 100 porciones de 3 g. "
        "Disuelve una porción al día en agua o jugo, a cualquier hora, y toma suficiente líquido. "
        "Es un suplemento dietario: no es un medicamento y no suple una alimentación equilibrada.",
        description_en="Micronised creatine monohydrate, unflavoured, 100 servings of 3 g. "
        "Stir one serving a day into water or juice, at any hour, and drink enough. "
        "It is a dietary supplement: not a medicine and no substitute for a balanced diet.",
        price_pesos=89_900,
        category="nutricion",
        stock=90,
        image="creatina-monohidratada-300g",
        withdrawal_exception=WithdrawalExclusion.PERSONAL_USE,
        popularity=91,
    ),
    SeedProduct(
        slug="cafe-preentreno-narino",
        sku="NUT-CAFE-250",
        name="Café pre-entreno Nariño 250 g",
        name_en="Nariño pre-workout coffee 250 g",
        description="Café de altura del departamento de Nariño, tostado medio y molido, en bolsa con válvula de 250 g. "
        "Una taza unos 40 minutos antes de entrenar basta; en la tarde puede quitarte el sueño. "
        "Solo café: sin azúcar ni aditivos.",
        description_en="High-altitude coffee from the department of Nariño, medium roast, ground, "
        "in a 250 g valve bag. "
        "One cup some 40 minutes before training is enough; in the evening it may keep you awake. "
        "Nothing but coffee: no sugar, no additives.",
        price_pesos=34_900,
        tax_rate=TaxRate.REDUCED,
        category="nutricion",
        brand="Cumbre Nariño",
        stock=80,
        image="cafe-preentreno-narino",
        withdrawal_exception=WithdrawalExclusion.PERSONAL_USE,
        popularity=83,
    ),
    SeedProduct(
        slug="cubos-panela-limon",
        sku="NUT-PANELA-40",
        name="Cubos de panela con limón, 40 unidades",
        name_en="Panela cubes with lime, 40 pieces",
        description="Panela de caña en cubos de 8 g con limón, para salidas largas de más de una hora. "
        "Un cubo cada 20 minutos, con agua, da energía rápida. Es azúcar: cuéntala en tu dieta del día.",
        description_en="Unrefined cane sugar in 8 g cubes with lime, for outings of more than an hour. "
        "One cube every 20 minutes, with water, gives quick energy. It is sugar: count it in your daily diet.",
        price_pesos=14_900,
        tax_rate=TaxRate.EXCLUDED,
        category="nutricion",
        brand="AndesFit",
        stock=150,
        image="cubos-panela-limon",
        withdrawal_exception=WithdrawalExclusion.PERSONAL_USE,
        popularity=48,
    ),
    SeedProduct(
        slug="botella-acero-750ml",
        sku="ACC-BOT-750",
        name="Botella térmica de acero 750 ml",
        name_en="Insulated steel bottle 750 ml",
        description="Botella de acero inoxidable de doble pared, 750 ml, con tapa de rosca y asa. "
        "Mantiene el agua fría unas 20 horas y caliente unas 8. Lávala a mano.",
        description_en="Double-walled stainless steel bottle, 750 ml, with a screw lid and loop. "
        "Keeps water cold for about 20 hours and hot for about 8. Wash by hand.",
        price_pesos=64_900,
        original_price_pesos=79_900,
        category="accesorios",
        brand="AndesFit",
        stock=95,
        image="botella-acero-750ml",
        popularity=81,
    ),
    SeedProduct(
        slug="shaker-600ml",
        sku="ACC-SHAKER-600",
        name="Vaso mezclador 600 ml",
        name_en="Shaker cup 600 ml",
        description="Vaso de polipropileno libre de BPA, 600 ml, con rejilla mezcladora y medidas marcadas. "
        "Tapa a presión que no gotea. Apto para la bandeja superior del lavaplatos.",
        description_en="BPA-free polypropylene cup, 600 ml, with a mixing grid and printed measures. "
        "Snap lid that does not leak. Safe in the top rack of the dishwasher.",
        price_pesos=29_900,
        category="accesorios",
        stock=200,
        image="shaker-600ml",
        popularity=85,
    ),
    SeedProduct(
        slug="guantes-entrenamiento",
        name="Guantes de entrenamiento",
        name_en="Training gloves",
        description="Guantes sin dedos con palma de microfibra acolchada y dorso de malla que respira. "
        "Cierre de velcro en la muñeca. Mide el contorno de tu palma: S de 17 a 19 cm, M de 19 a 21, L de 21 a 23.",
        description_en="Fingerless gloves with a padded microfibre palm and a breathable mesh back. "
        "Velcro at the wrist. Measure the girth of your palm: S from 17 to 19 cm, M from 19 to 21, L from 21 to 23.",
        price_pesos=54_900,
        category="accesorios",
        options=GLOVE_SIZES,
        variants=GLOVES,
        image="guantes-entrenamiento",
        popularity=60,
    ),
    SeedProduct(
        slug="camiseta-secado-rapido",
        name="Camiseta de secado rápido unisex",
        name_en="Unisex quick-dry T-shirt",
        description="Camiseta de poliéster reciclado de 140 g/m², liviana, con costuras planas que no rozan. "
        "Corte recto unisex, de la S a la XL. Confeccionada en Medellín; lava con agua fría y sin suavizante.",
        description_en="T-shirt of recycled polyester, 140 g/m², light, with flat seams that do not chafe. "
        "Straight unisex cut, from S to XL. Sewn in Medellín; wash cold, without softener.",
        price_pesos=69_900,
        category="accesorios",
        options=SHIRT_OPTIONS,
        variants=SHIRTS,
        image="camiseta-secado-rapido",
        popularity=77,
    ),
    SeedProduct(
        slug="toalla-microfibra",
        sku="ACC-TOALLA-4080",
        name="Toalla deportiva de microfibra",
        name_en="Microfibre sports towel",
        description="Toalla de 40 por 80 cm que seca rápido y cabe en un bolsillo, con cordón para colgarla. "
        "Lávala sin suavizante para que siga absorbiendo.",
        description_en="Towel of 40 by 80 cm that dries fast and fits a pocket, with a loop to hang it. "
        "Wash it without softener so that it keeps absorbing.",
        price_pesos=32_900,
        category="accesorios",
        stock=130,
        image="toalla-microfibra",
        popularity=57,
    ),
    SeedProduct(
        slug="maleta-deportiva-35l",
        sku="ACC-MALETA-35L",
        name="Maleta deportiva 35 L",
        name_en="Gym bag 35 L",
        description="Maleta de poliéster impermeable de 35 litros, con compartimento ventilado para "
        "zapatos y correa acolchada. "
        "Mide 50 por 25 por 28 cm y cabe en un locker.",
        description_en="Water-repellent polyester bag of 35 litres, with a vented shoe pocket and a padded strap. "
        "It measures 50 by 25 by 28 cm and fits a locker.",
        price_pesos=139_900,
        original_price_pesos=164_900,
        category="accesorios",
        brand="AndesFit",
        stock=35,
        image="maleta-deportiva-35l",
        popularity=69,
    ),
)
