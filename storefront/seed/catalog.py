"""The demo catalogue: fictitious brands, honest descriptions, prices in whole pesos with IVA included."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["physical", "digital", "subscription"]
TaxRate = Literal["general", "reduced", "zero", "excluded"]
Interval = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class SeedCategory:
    """A shelf of the shop in both languages."""

    slug: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedProduct:
    """One product; ``image`` is the stem of its pictures, ``stock`` is None for what is not counted.

    A plan may name digital products whose files come with it, and days for which it is tried first.
    """

    slug: str
    kind: Kind = "physical"
    name: str
    name_en: str
    description: str
    description_en: str
    price_pesos: int
    original_price_pesos: int | None = None
    tax_rate: TaxRate = "general"
    category: str
    brand: str = "FitAiid"
    stock: int | None = None
    image: str
    interval: Interval | None = None
    trial_days: int = 0
    content: tuple[str, ...] = ()
    popularity: int


CATEGORIES: tuple[SeedCategory, ...] = (
    SeedCategory("nutricion", "Nutrición", "Nutrition"),
    SeedCategory("fuerza", "Fuerza", "Strength"),
    SeedCategory("cardio-y-movilidad", "Cardio y movilidad", "Cardio and mobility"),
    SeedCategory("accesorios", "Accesorios y ropa", "Accessories and clothing"),
    SeedCategory("planes-y-guias", "Planes y guías", "Plans and guides"),
    SeedCategory("suscripciones", "Suscripciones", "Subscriptions"),
)

PRODUCTS: tuple[SeedProduct, ...] = (
    SeedProduct(
        slug="whey-protein-2lb",
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
        popularity=98,
    ),
    SeedProduct(
        slug="proteina-vegetal-1kg",
        name="Proteína vegetal de arveja y quinua 1 kg, cacao",
        name_en="Pea and quinoa protein 1 kg, cocoa",
        description="Proteína de arveja con quinua de Boyacá y cacao, en bolsa resellable de 1 kg, sin lactosa. "
        "Cada porción de 33 g aporta 22 g de proteína; se mezcla mejor en licuadora. "
        "Es un suplemento dietario: no es un medicamento y no suple una alimentación equilibrada.",
        description_en="Pea protein with quinoa from Boyacá and cocoa, in a resealable 1 kg bag, lactose free. "
        "Each 33 g serving brings 22 g of protein; a blender mixes it best. "
        "It is a dietary supplement: not a medicine and no substitute for a balanced diet.",
        price_pesos=118_900,
        original_price_pesos=139_900,
        category="nutricion",
        brand="AndesFit",
        stock=64,
        image="proteina-vegetal-1kg",
        popularity=74,
    ),
    SeedProduct(
        slug="creatina-monohidratada-300g",
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
        popularity=91,
    ),
    SeedProduct(
        slug="cafe-preentreno-narino",
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
        tax_rate="reduced",
        category="nutricion",
        brand="Cumbre Nariño",
        stock=80,
        image="cafe-preentreno-narino",
        popularity=83,
    ),
    SeedProduct(
        slug="cubos-panela-limon",
        name="Cubos de panela con limón, 40 unidades",
        name_en="Panela cubes with lime, 40 pieces",
        description="Panela de caña en cubos de 8 g con limón, para salidas largas de más de una hora. "
        "Un cubo cada 20 minutos, con agua, da energía rápida. Es azúcar: cuéntala en tu dieta del día.",
        description_en="Unrefined cane sugar in 8 g cubes with lime, for outings of more than an hour. "
        "One cube every 20 minutes, with water, gives quick energy. It is sugar: count it in your daily diet.",
        price_pesos=14_900,
        tax_rate="excluded",
        category="nutricion",
        brand="AndesFit",
        stock=150,
        image="cubos-panela-limon",
        popularity=48,
    ),
    SeedProduct(
        slug="mancuerna-edicion-limitada",
        name="Mancuerna ajustable edición limitada, 20 kg",
        name_en="Adjustable dumbbell, limited edition, 20 kg",
        description="Mancuerna ajustable de 4 a 20 kg en pasos de 2 kg, con discos de acero pintados en naranja. "
        "Gira el mango para cambiar el peso; incluye base. Serie numerada de cinco piezas, una unidad por caja.",
        description_en="Dumbbell adjustable from 4 to 20 kg in steps of 2 kg, with steel plates painted orange. "
        "Turn the handle to change the weight; base included. Numbered series of five, one piece a box.",
        price_pesos=389_900,
        category="fuerza",
        brand="Cóndor Strength",
        stock=5,
        image="mancuerna-edicion-limitada",
        popularity=95,
    ),
    SeedProduct(
        slug="mancuernas-hexagonales-5kg",
        name="Par de mancuernas hexagonales 5 kg",
        name_en="Pair of 5 kg hex dumbbells",
        description="Dos mancuernas de hierro fundido recubierto en caucho, 5 kg cada una, con "
        "mango cromado moleteado. "
        "La forma hexagonal evita que rueden. El caucho nuevo huele: déjalas airear un par de días.",
        description_en="Two rubber-coated cast iron dumbbells, 5 kg each, with a knurled chrome handle. "
        "The hexagonal shape keeps them from rolling. New rubber smells: air them for a couple of days.",
        price_pesos=149_900,
        original_price_pesos=169_900,
        category="fuerza",
        brand="Cóndor Strength",
        stock=42,
        image="mancuernas-hexagonales-5kg",
        popularity=88,
    ),
    SeedProduct(
        slug="kettlebell-16kg",
        name="Pesa rusa (kettlebell) 16 kg",
        name_en="Kettlebell 16 kg",
        description="Pesa rusa de hierro fundido en una sola pieza, 16 kg, con base plana y acabado "
        "en pintura de polvo. "
        "El mango de 33 mm admite las dos manos. Para balanceos, sentadillas y levantamiento turco.",
        description_en="Kettlebell of cast iron in a single piece, 16 kg, with a flat base and powder-coat finish. "
        "The 33 mm handle takes both hands. For swings, squats and Turkish get-ups.",
        price_pesos=219_900,
        category="fuerza",
        brand="Cóndor Strength",
        stock=25,
        image="kettlebell-16kg",
        popularity=86,
    ),
    SeedProduct(
        slug="bandas-resistencia-set-5",
        name="Set de 5 bandas de resistencia",
        name_en="Set of 5 resistance bands",
        description="Cinco bandas largas de látex natural, de 5 a 50 kg de tensión, con bolsa de tela. "
        "Sirven para dominadas asistidas, calentar y viajar. Revísalas antes de usarlas y guárdalas lejos del sol. "
        "Contienen látex.",
        description_en="Five long bands of natural latex, from 5 to 50 kg of tension, with a cloth bag. "
        "For assisted pull-ups, warming up and travelling. Check them before use and keep them out of the sun. "
        "They contain latex.",
        price_pesos=84_900,
        category="fuerza",
        stock=75,
        image="bandas-resistencia-set-5",
        popularity=90,
    ),
    SeedProduct(
        slug="barra-dominadas-puerta",
        name="Barra de dominadas para puerta",
        name_en="Doorway pull-up bar",
        description="Barra de acero extensible para marcos de 65 a 95 cm, sin taladro, con agarres de espuma. "
        "Soporta hasta 110 kg si el marco es firme. Mide tu puerta antes de comprar y prueba la fijación cada vez.",
        description_en="Extendable steel bar for door frames of 65 to 95 cm, no drilling, with foam grips. "
        "Holds up to 110 kg in a solid frame. Measure your door before buying and test the fit every time.",
        price_pesos=119_900,
        category="fuerza",
        brand="Cóndor Strength",
        stock=2,
        image="barra-dominadas-puerta",
        popularity=71,
    ),
    SeedProduct(
        slug="cinturon-levantamiento-cuero",
        name="Cinturón de levantamiento en cuero",
        name_en="Leather lifting belt",
        description="Cinturón de cuero vacuno de 10 mm de espesor y 10 cm de ancho, con hebilla de doble pasador. "
        "Talla M, para cinturas de 75 a 95 cm. Hecho en Bucaramanga; el cuero se ablanda en unas semanas de uso.",
        description_en="Cowhide belt, 10 mm thick and 10 cm wide, with a double-prong buckle. "
        "Size M, for waists of 75 to 95 cm. Made in Bucaramanga; the leather softens in a few weeks of use.",
        price_pesos=159_900,
        category="fuerza",
        brand="Cóndor Strength",
        stock=0,
        image="cinturon-levantamiento-cuero",
        popularity=66,
    ),
    SeedProduct(
        slug="rueda-abdominal",
        name="Rueda abdominal con tapete",
        name_en="Ab wheel with knee pad",
        description="Rueda doble de 18 cm con banda de caucho y mangos de espuma; trae tapete para las rodillas. "
        "Empieza de rodillas y con recorrido corto. No la uses si tienes dolor lumbar.",
        description_en="Double wheel of 18 cm with a rubber tread and foam handles; a knee pad is included. "
        "Begin on your knees and with a short range. Do not use it with lower-back pain.",
        price_pesos=54_900,
        category="fuerza",
        stock=58,
        image="rueda-abdominal",
        popularity=62,
    ),
    SeedProduct(
        slug="balon-medicinal-6kg",
        name="Balón medicinal 6 kg",
        name_en="Medicine ball 6 kg",
        description="Balón de 6 kg y 23 cm de diámetro, de caucho texturizado que no resbala con las manos húmedas. "
        "Para lanzamientos, giros y sentadillas. Rebota poco, apto para interiores.",
        description_en="A 6 kg ball of 23 cm diameter, in textured rubber that does not slip in damp hands. "
        "For throws, twists and squats. Low bounce, fit for indoors.",
        price_pesos=134_900,
        category="fuerza",
        brand="AndesFit",
        stock=22,
        image="balon-medicinal-6kg",
        popularity=55,
    ),
    SeedProduct(
        slug="tapete-yoga-6mm",
        name="Tapete de yoga 6 mm",
        name_en="Yoga mat 6 mm",
        description="Tapete de TPE de 183 por 61 cm y 6 mm de espesor, antideslizante por ambas caras, con correa. "
        "Pesa 900 g. Límpialo con agua y jabón suave y déjalo secar a la sombra.",
        description_en="TPE mat of 183 by 61 cm, 6 mm thick, non-slip on both sides, with a carrying strap. "
        "It weighs 900 g. Clean it with water and mild soap and let it dry in the shade.",
        price_pesos=79_900,
        original_price_pesos=94_900,
        category="cardio-y-movilidad",
        brand="AndesFit",
        stock=60,
        image="tapete-yoga-6mm",
        popularity=87,
    ),
    SeedProduct(
        slug="rodillo-espuma-33cm",
        name="Rodillo de espuma 33 cm",
        name_en="Foam roller 33 cm",
        description="Rodillo de espuma EVA de 33 por 14 cm sobre un tubo rígido, con relieve de densidad media. "
        "Pasa despacio por piernas y espalda alta, uno o dos minutos por zona. Soporta 130 kg.",
        description_en="EVA foam roller of 33 by 14 cm over a rigid core, with a medium-density pattern. "
        "Roll slowly over legs and upper back, one or two minutes an area. Holds 130 kg.",
        price_pesos=69_900,
        category="cardio-y-movilidad",
        stock=48,
        image="rodillo-espuma-33cm",
        popularity=72,
    ),
    SeedProduct(
        slug="cuerda-saltar-rodamientos",
        name="Cuerda para saltar con rodamientos",
        name_en="Speed rope with ball bearings",
        description="Cable de acero recubierto de 3 m, ajustable a tu estatura, con mangos livianos y rodamientos. "
        "Gira rápido y sin enredarse. Úsala sobre piso liso o tapete para que el cable dure.",
        description_en="Coated steel cable of 3 m, adjustable to your height, with light handles and ball bearings. "
        "Spins fast without tangling. Use it on a smooth floor or a mat to make the cable last.",
        price_pesos=39_900,
        category="cardio-y-movilidad",
        stock=110,
        image="cuerda-saltar-rodamientos",
        popularity=79,
    ),
    SeedProduct(
        slug="pelota-pilates-65cm",
        name="Pelota de pilates 65 cm con inflador",
        name_en="Exercise ball 65 cm with pump",
        description="Pelota de PVC antiestallido de 65 cm, para personas de 1,60 a 1,75 m. Incluye "
        "inflador y dos tapones. "
        "Ínflala al 80 % el primer día y complétala al siguiente.",
        description_en="Anti-burst PVC ball of 65 cm, for people of 1.60 to 1.75 m. Pump and two plugs included. "
        "Inflate it to 80 % on the first day and finish on the next.",
        price_pesos=74_900,
        category="cardio-y-movilidad",
        brand="AndesFit",
        stock=30,
        image="pelota-pilates-65cm",
        popularity=58,
    ),
    SeedProduct(
        slug="step-ajustable",
        name="Step ajustable de tres alturas",
        name_en="Adjustable step, three heights",
        description="Plataforma de 78 por 29 cm con superficie antideslizante y alturas de 10, 15 y 20 cm. "
        "Soporta 120 kg. Los bloques encajan sin herramientas; revisa que queden firmes antes de subir.",
        description_en="Platform of 78 by 29 cm with a non-slip surface and heights of 10, 15 and 20 cm. "
        "Holds 120 kg. The risers fit without tools; check that they sit firmly before stepping up.",
        price_pesos=139_900,
        category="cardio-y-movilidad",
        stock=18,
        image="step-ajustable",
        popularity=52,
    ),
    SeedProduct(
        slug="botella-acero-750ml",
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
        name="Guantes de entrenamiento, talla M",
        name_en="Training gloves, size M",
        description="Guantes sin dedos con palma de microfibra acolchada y dorso de malla que respira. "
        "Cierre de velcro en la muñeca. Talla M: contorno de palma de 19 a 21 cm.",
        description_en="Fingerless gloves with a padded microfibre palm and a breathable mesh back. "
        "Velcro at the wrist. Size M: palm girth of 19 to 21 cm.",
        price_pesos=54_900,
        category="accesorios",
        stock=44,
        image="guantes-entrenamiento",
        popularity=60,
    ),
    SeedProduct(
        slug="camiseta-secado-rapido",
        name="Camiseta de secado rápido, unisex M",
        name_en="Quick-dry T-shirt, unisex M",
        description="Camiseta de poliéster reciclado de 140 g/m², liviana, con costuras planas que no rozan. "
        "Corte recto unisex, talla M. Confeccionada en Medellín; lava con agua fría y sin suavizante.",
        description_en="T-shirt of recycled polyester, 140 g/m², light, with flat seams that do not chafe. "
        "Straight unisex cut, size M. Sewn in Medellín; wash cold, without softener.",
        price_pesos=69_900,
        category="accesorios",
        stock=70,
        image="camiseta-secado-rapido",
        popularity=77,
    ),
    SeedProduct(
        slug="toalla-microfibra",
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
    SeedProduct(
        slug="plan-fuerza-12-semanas",
        kind="digital",
        name="Plan de fuerza de 12 semanas",
        name_en="12-week strength plan",
        description="Plan en PDF con tres sesiones por semana, para quien ya conoce los ejercicios básicos, "
        "y hoja de progreso para llenar (ZIP con un CSV). "
        "Incluye cargas por porcentaje y semanas de descarga. Necesitas barra y discos.",
        description_en="A PDF plan in Spanish with three sessions a week, for those who know the basic lifts, "
        "and a progress sheet to fill in (a ZIP with a CSV). "
        "Includes loads by percentage and deload weeks. You need a barbell and plates.",
        price_pesos=79_900,
        original_price_pesos=99_900,
        category="planes-y-guias",
        image="plan-fuerza-12-semanas",
        popularity=93,
    ),
    SeedProduct(
        slug="plan-carrera-10k",
        kind="digital",
        name="Plan de carrera: tus primeros 10 km",
        name_en="Running plan: your first 10 km",
        description="Ocho semanas para pasar de 3 a 10 km, con tres salidas por semana y ritmos explicados. "
        "PDF corto, pensado también para la altura de Bogotá. Consulta a tu médico si llevas años sin correr.",
        description_en="Eight weeks from 3 to 10 km, with three runs a week and paces explained. "
        "A short PDF in Spanish that also minds the altitude of Bogotá. See your doctor if you have not run for years.",
        price_pesos=59_900,
        category="planes-y-guias",
        image="plan-carrera-10k",
        popularity=70,
    ),
    SeedProduct(
        slug="recetario-alto-en-proteina",
        kind="digital",
        name="Recetario colombiano alto en proteína",
        name_en="Colombian high-protein cookbook",
        description="Seis recetas con ingredientes de plaza de mercado: arepas con queso, lentejas, trucha, quinua. "
        "Libro electrónico corto en PDF, con cantidades para dos porciones y la proteína de cada plato.",
        description_en="Six recipes with ingredients from the market: cheese arepas, lentils, trout, quinoa. "
        "A short PDF e-book in Spanish, with amounts for two servings and the protein of each dish.",
        price_pesos=39_900,
        tax_rate="zero",
        category="planes-y-guias",
        image="recetario-alto-en-proteina",
        popularity=78,
    ),
    SeedProduct(
        slug="guia-movilidad-15-minutos",
        kind="digital",
        name="Guía de movilidad en 15 minutos",
        name_en="15-minute mobility guide",
        description="Seis rutinas cortas para cadera, hombros y espalda, sin equipo y explicadas paso a paso. "
        "PDF corto. No reemplaza una consulta de fisioterapia.",
        description_en="Six short routines for hips, shoulders and back, without equipment, explained step by step. "
        "A short PDF in Spanish. It does not replace a visit to a physiotherapist.",
        price_pesos=29_900,
        tax_rate="zero",
        category="planes-y-guias",
        image="guia-movilidad-15-minutos",
        popularity=64,
    ),
    SeedProduct(
        slug="guia-primer-mes-gimnasio",
        kind="digital",
        name="Guía para tu primer mes en el gimnasio",
        name_en="Guide to your first month at the gym",
        description="Cuatro semanas de rutinas sencillas, el nombre y el uso de cada máquina y una "
        "lista para no perderse. "
        "PDF corto, para leer en el celular.",
        description_en="Four weeks of simple routines, the name and use of each machine, and a "
        "checklist to find your way. "
        "A short PDF in Spanish, made to be read on the phone.",
        price_pesos=24_900,
        tax_rate="zero",
        category="planes-y-guias",
        image="guia-primer-mes-gimnasio",
        popularity=67,
    ),
    SeedProduct(
        slug="fitaiid-premium-mensual",
        kind="subscription",
        name="FitAiid Premium mensual",
        name_en="FitAiid Premium monthly",
        description="Todas las rutinas, videos y seguimiento de progreso en la aplicación, con planes nuevos cada mes. "
        "Se renueva cada mes y se cancela cuando quieras: sigues hasta el final del mes pagado. "
        "Incluye la guía de movilidad y la guía del primer mes en el gimnasio.",
        description_en="All routines, videos and progress tracking in the app, with new plans every month. "
        "Renews every month and can be cancelled at any time: you keep it to the end of the month you paid. "
        "The mobility guide and the guide to your first month at the gym come with it.",
        price_pesos=39_900,
        category="suscripciones",
        image="fitaiid-premium-mensual",
        interval="month",
        content=("guia-movilidad-15-minutos", "guia-primer-mes-gimnasio"),
        popularity=94,
    ),
    SeedProduct(
        slug="fitaiid-premium-anual",
        kind="subscription",
        name="FitAiid Premium anual",
        name_en="FitAiid Premium yearly",
        description="Lo mismo que Premium mensual, pagado una vez al año: doce meses por el precio de diez. "
        "Se renueva cada año; te avisamos antes y puedes cancelar cuando quieras.",
        description_en="The same as Premium monthly, paid once a year: twelve months for the price of ten. "
        "Renews every year; we tell you beforehand and you can cancel at any time.",
        price_pesos=399_000,
        original_price_pesos=478_800,
        category="suscripciones",
        image="fitaiid-premium-anual",
        interval="year",
        content=("guia-movilidad-15-minutos", "guia-primer-mes-gimnasio"),
        popularity=76,
    ),
    SeedProduct(
        slug="nutricion-personalizada-mensual",
        kind="subscription",
        name="Nutrición personalizada mensual",
        name_en="Personal nutrition monthly",
        description="Un plan de comidas al mes hecho por una nutricionista según tu peso, tu meta y lo que te gusta. "
        "Incluye un ajuste por chat cada semana y el recetario. Siete días de prueba sin costo; "
        "luego se renueva cada mes y se cancela cuando quieras.",
        description_en="One meal plan a month by a dietitian, after your weight, your goal and your tastes. "
        "Includes one adjustment by chat every week and the cookbook. Seven days free; then it renews every month "
        "and can be cancelled at any time.",
        price_pesos=69_900,
        category="suscripciones",
        brand="AndesFit",
        image="nutricion-personalizada-mensual",
        interval="month",
        trial_days=7,
        content=("recetario-alto-en-proteina",),
        popularity=61,
    ),
)
