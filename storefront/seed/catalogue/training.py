"""Things to train with."""

from storefront.seed.catalogue.shapes import SeedProduct

PRODUCTS: tuple[SeedProduct, ...] = (
    SeedProduct(
        slug="mancuerna-edicion-limitada",
        sku="FZA-MANC-AJ20",
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
        sku="FZA-MANC-HEX5",
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
        sku="FZA-KB-16",
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
        sku="FZA-BANDAS-5",
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
        sku="FZA-BARRA-PTA",
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
        sku="FZA-CINT-M",
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
        sku="FZA-RUEDA-18",
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
        sku="FZA-BALON-6",
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
        sku="CAR-TAPETE-6",
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
        sku="CAR-RODILLO-33",
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
        sku="CAR-CUERDA-3M",
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
        sku="CAR-PELOTA-65",
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
        sku="CAR-STEP-3",
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
)
