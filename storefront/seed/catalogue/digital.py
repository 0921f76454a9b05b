"""Plans and guides to download, and memberships."""

from storefront.enums import BillingInterval, ProductKind, TaxRate
from storefront.seed.catalogue.shapes import SeedProduct

PRODUCTS: tuple[SeedProduct, ...] = (
    SeedProduct(
        slug="plan-fuerza-12-semanas",
        sku="DIG-FUERZA-12",
        kind=ProductKind.DIGITAL,
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
        sku="DIG-CARRERA-10K",
        kind=ProductKind.DIGITAL,
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
        sku="DIG-RECETARIO",
        kind=ProductKind.DIGITAL,
        name="Recetario colombiano alto en proteína",
        name_en="Colombian high-protein cookbook",
        description="Seis recetas con ingredientes de plaza de mercado: arepas con queso, lentejas, trucha, quinua. "
        "Libro electrónico corto en PDF, con cantidades para dos porciones y la proteína de cada plato.",
        description_en="Six recipes with ingredients from the market: cheese arepas, lentils, trout, quinoa. "
        "A short PDF e-book in Spanish, with amounts for two servings and the protein of each dish.",
        price_pesos=39_900,
        tax_rate=TaxRate.ZERO,
        category="planes-y-guias",
        image="recetario-alto-en-proteina",
        popularity=78,
    ),
    SeedProduct(
        slug="guia-movilidad-15-minutos",
        sku="DIG-MOVILIDAD",
        kind=ProductKind.DIGITAL,
        name="Guía de movilidad en 15 minutos",
        name_en="15-minute mobility guide",
        description="Seis rutinas cortas para cadera, hombros y espalda, sin equipo y explicadas paso a paso. "
        "PDF corto. No reemplaza una consulta de fisioterapia.",
        description_en="Six short routines for hips, shoulders and back, without equipment, explained step by step. "
        "A short PDF in Spanish. It does not replace a visit to a physiotherapist.",
        price_pesos=29_900,
        tax_rate=TaxRate.ZERO,
        category="planes-y-guias",
        image="guia-movilidad-15-minutos",
        popularity=64,
    ),
    SeedProduct(
        slug="guia-primer-mes-gimnasio",
        sku="DIG-PRIMER-MES",
        kind=ProductKind.DIGITAL,
        name="Guía para tu primer mes en el gimnasio",
        name_en="Guide to your first month at the gym",
        description="Cuatro semanas de rutinas sencillas, el nombre y el uso de cada máquina y una "
        "lista para no perderse. "
        "PDF corto, para leer en el celular.",
        description_en="Four weeks of simple routines, the name and use of each machine, and a "
        "checklist to find your way. "
        "A short PDF in Spanish, made to be read on the phone.",
        price_pesos=24_900,
        tax_rate=TaxRate.ZERO,
        category="planes-y-guias",
        image="guia-primer-mes-gimnasio",
        popularity=67,
    ),
    SeedProduct(
        slug="fitaiid-premium-mensual",
        sku="SUS-PREMIUM-M",
        kind=ProductKind.SUBSCRIPTION,
        name="FitAiid Premium mensual",
        name_en="FitAiid Premium monthly",
        description="Todas las rutinas, videos y seguimiento de progreso en la aplicación, con planes nuevos cada mes. "
        "Se renueva cada mes y se cancela cuando quieras: conservas el acceso hasta el final del periodo pagado. "
        "Incluye la guía de movilidad y la guía del primer mes en el gimnasio.",
        description_en="All routines, videos and progress tracking in the app, with new plans every month. "
        "Renews every month and can be cancelled at any time: "
        "you keep access until the end of the period you paid for. "
        "The mobility guide and the guide to your first month at the gym come with it.",
        price_pesos=39_900,
        category="suscripciones",
        image="fitaiid-premium-mensual",
        interval=BillingInterval.MONTH,
        content=("guia-movilidad-15-minutos", "guia-primer-mes-gimnasio"),
        popularity=94,
    ),
    SeedProduct(
        slug="fitaiid-premium-anual",
        sku="SUS-PREMIUM-A",
        kind=ProductKind.SUBSCRIPTION,
        name="FitAiid Premium anual",
        name_en="FitAiid Premium yearly",
        description="Lo mismo que Premium mensual, pagado una vez al año: doce meses por el precio de diez. "
        "Se renueva cada año; te avisamos antes y puedes cancelar cuando quieras.",
        description_en="The same as Premium monthly, paid once a year: twelve months for the price of ten. "
        "Renews every year; we let you know beforehand and you can cancel at any time.",
        price_pesos=399_000,
        original_price_pesos=478_800,
        category="suscripciones",
        image="fitaiid-premium-anual",
        interval=BillingInterval.YEAR,
        content=("guia-movilidad-15-minutos", "guia-primer-mes-gimnasio"),
        popularity=76,
    ),
    SeedProduct(
        slug="nutricion-personalizada-mensual",
        sku="SUS-NUTRI-M",
        kind=ProductKind.SUBSCRIPTION,
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
        interval=BillingInterval.MONTH,
        trial_days=7,
        content=("recetario-alto-en-proteina",),
        popularity=61,
    ),
)
