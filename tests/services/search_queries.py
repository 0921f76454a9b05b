"""What people ask the demonstration's shop for, in both languages, and the product that must come first."""

MANCUERNA, HEX, KETTLEBELL = "mancuerna-edicion-limitada", "mancuernas-hexagonales-5kg", "kettlebell-16kg"
BANDAS, BARRA, CINTURON = "bandas-resistencia-set-5", "barra-dominadas-puerta", "cinturon-levantamiento-cuero"
RUEDA, MEDICINAL, TAPETE = "rueda-abdominal", "balon-medicinal-6kg", "tapete-yoga-6mm"
RODILLO, CUERDA, PELOTA = "rodillo-espuma-33cm", "cuerda-saltar-rodamientos", "pelota-pilates-65cm"
STEP, WHEY, VEGETAL = "step-ajustable", "whey-protein-2lb", "proteina-vegetal-1kg"
CREATINA, CAFE, PANELA = "creatina-monohidratada-300g", "cafe-preentreno-narino", "cubos-panela-limon"
BOTELLA, SHAKER, GUANTES = "botella-acero-750ml", "shaker-600ml", "guantes-entrenamiento"
CAMISETA, TOALLA, MALETA = "camiseta-secado-rapido", "toalla-microfibra", "maleta-deportiva-35l"
FUERZA, CARRERA, RECETARIO = "plan-fuerza-12-semanas", "plan-carrera-10k", "recetario-alto-en-proteina"
MOVILIDAD, PRIMER_MES, MENSUAL = "guia-movilidad-15-minutos", "guia-primer-mes-gimnasio", "fitaiid-premium-mensual"
ANUAL, NUTRICION = "fitaiid-premium-anual", "nutricion-personalizada-mensual"

QUERIES: tuple[tuple[str, str], ...] = (
    # Names, with and without accents, in any case and order
    ("proteína", WHEY), ("proteina", WHEY), ("PROTEINA", WHEY), ("proteína de suero", WHEY), ("suero proteina", WHEY),
    ("creatina", CREATINA), ("creatina monohidratada", CREATINA), ("café", CAFE), ("cafe", CAFE),
    ("pre-entreno", CAFE), ("preentreno", CAFE), ("panela", PANELA), ("cubos de panela", PANELA),
    ("botella", BOTELLA), ("botella termica", BOTELLA), ("vaso mezclador", SHAKER), ("guantes", GUANTES),
    ("camiseta", CAMISETA), ("toalla", TOALLA), ("maleta", MALETA), ("maleta deportiva", MALETA),
    ("mancuerna", MANCUERNA), ("mancuerna ajustable", MANCUERNA), ("mancuernas hexagonales", HEX),
    ("pesa rusa", KETTLEBELL), ("bandas de resistencia", BANDAS), ("barra de dominadas", BARRA),
    ("barra puerta", BARRA),
    ("cinturon", CINTURON), ("cinturón de levantamiento", CINTURON), ("rueda abdominal", RUEDA),
    ("balon medicinal", MEDICINAL), ("tapete yoga", TAPETE), ("tapete", TAPETE), ("rodillo", RODILLO),
    ("rodillo de espuma", RODILLO), ("cuerda para saltar", CUERDA), ("pelota de pilates", PELOTA), ("pilates", PELOTA),
    ("step", STEP), ("plan de fuerza", FUERZA), ("plan 12 semanas", FUERZA), ("plan de carrera", CARRERA),
    ("recetario", RECETARIO), ("guia movilidad", MOVILIDAD), ("guía primer mes", PRIMER_MES), ("premium", MENSUAL),
    ("premium anual", ANUAL), ("fitaiid premium", MENSUAL), ("nutrición personalizada", NUTRICION),
    # Plural, singular and gender
    ("proteinas", WHEY), ("creatinas", CREATINA), ("botellas", BOTELLA), ("guante", GUANTES), ("camisetas", CAMISETA),
    ("toallas", TOALLA), ("maletas", MALETA), ("mancuernas", MANCUERNA), ("banda", BANDAS), ("cinturones", CINTURON),
    ("ruedas abdominales", RUEDA), ("balones medicinales", MEDICINAL), ("tapetes", TAPETE), ("rodillos", RODILLO),
    ("cuerdas", CUERDA), ("pelotas", PELOTA), ("steps", STEP), ("recetarios", RECETARIO), ("pesas rusas", KETTLEBELL),
    ("mancuerna hexagonal", HEX), ("proteinas vegetales", VEGETAL), ("camiseta negra", CAMISETA),
    ("camisetas naranjas", CAMISETA), ("personalizado", NUTRICION), ("planes de carrera", CARRERA),
    # Units, however they are written
    ("5kg", HEX), ("5 kg", HEX), ("mancuernas 5 kilos", HEX), ("16kg", KETTLEBELL), ("16 kg", KETTLEBELL),
    ("2lb", WHEY), ("2 libras", WHEY), ("proteina 2lb", WHEY), ("750ml", BOTELLA), ("750 ml", BOTELLA),
    ("botella 0,75 l", BOTELLA), ("750", BOTELLA), ("600ml", SHAKER), ("1kg", VEGETAL), ("1000 g", VEGETAL),
    ("300g", CREATINA), ("300 gramos", CREATINA), ("250 gr", CAFE), ("35L", MALETA), ("35 litros", MALETA),
    ("6mm", TAPETE), ("33 cm", RODILLO), ("65cm", PELOTA), ("6 kg", MEDICINAL), ("20kg", MANCUERNA), ("10k", CARRERA),
    ("10 km", CARRERA), ("40 unidades", PANELA),
    # Typing errors
    ("protiena", WHEY), ("proteyna", WHEY), ("protena", WHEY), ("creatna", CREATINA), ("creatinna", CREATINA),
    ("mancurna", MANCUERNA), ("mancuenra", MANCUERNA), ("manuerna", MANCUERNA), ("kettelbell", KETTLEBELL),
    ("ketlebell", KETTLEBELL), ("botela", BOTELLA), ("vottella", BOTELLA), ("gaunte", GUANTES), ("guntes", GUANTES),
    ("camizeta", CAMISETA), ("tohalla", TOALLA), ("cinturn", CINTURON), ("recetareo", RECETARIO),
    ("rodilo", RODILLO), ("dumbell", MANCUERNA), ("panella", PANELA), ("premiun", MENSUAL),
    # What people in Colombia call it
    ("pesas", MANCUERNA), ("lazo", CUERDA), ("lazo para saltar", CUERDA), ("termo", BOTELLA), ("termos", BOTELLA),
    ("colchoneta", TAPETE), ("colchonetas", TAPETE), ("suplementos", WHEY), ("tula", MALETA), ("morral", MALETA),
    ("ligas", BANDAS), ("faja", CINTURON), ("membresía", MENSUAL), ("caramañola", SHAKER), ("coctelera", SHAKER),
    ("proteina vegana", VEGETAL), ("esterilla", TAPETE), ("recetas", RECETARIO), ("correr", CARRERA),
    # English
    ("whey", WHEY), ("whey protein", WHEY), ("protein", WHEY), ("pea protein", VEGETAL), ("vegan protein", VEGETAL),
    ("creatine", CREATINA), ("coffee", CAFE), ("bottle", BOTELLA), ("steel bottles", BOTELLA), ("shaker", SHAKER),
    ("shaker cup", SHAKER), ("gloves", GUANTES), ("glove", GUANTES), ("t-shirt", CAMISETA), ("towel", TOALLA),
    ("gym bag", MALETA), ("dumbbells", MANCUERNA), ("dumbbell", MANCUERNA), ("hex dumbbells", HEX),
    ("kettlebells", KETTLEBELL), ("resistance bands", BANDAS), ("pull-up bar", BARRA), ("lifting belt", CINTURON),
    ("ab wheel", RUEDA), ("medicine balls", MEDICINAL), ("yoga mats", TAPETE), ("foam roller", RODILLO),
    ("jump rope", CUERDA), ("speed rope", CUERDA), ("exercise ball", PELOTA), ("running plan", CARRERA),
    ("strength plan", FUERZA), ("cookbook", RECETARIO), ("mobility", MOVILIDAD), ("monthly", MENSUAL),
    ("yearly", ANUAL), ("subscription", MENSUAL),
    # Brands, categories, options, article numbers, beginnings
    ("Cumbre Nariño", CAFE), ("narino", CAFE), ("condor", MANCUERNA), ("andesfit", TAPETE), ("nutrición", NUTRICION),
    ("suscripciones", MENSUAL), ("accesorios", SHAKER), ("talla xl", CAMISETA), ("cacao", VEGETAL),
    ("vainilla", WHEY), ("FZA-MANC-HEX5", HEX), ("nut-whey-2lb", WHEY), ("ACC-BOT-750", BOTELLA),
    ("CAM-SEC-NEG-XL", CAMISETA), ("prote", WHEY), ("camis", CAMISETA), ("kettle", KETTLEBELL), ("látex", BANDAS),
)  # fmt: skip
