"""Facts of the demo's products, by slug: what the table on a product's page says."""

from storefront.domain.catalogue import Fact

_WEIGHT, _SIZE, _MATERIAL = ("Peso", "Weight"), ("Medidas", "Dimensions"), ("Material", "Material")
_SERVINGS, _FLAVOUR, _ORIGIN = ("Porciones", "Servings"), ("Sabor", "Flavour"), ("Origen", "Origin")
_LOAD, _WASHING, _INCLUDED = ("Carga máxima", "Maximum load"), ("Cuidado", "Care"), ("Incluye", "Included")
_VOLUME, _ALLERGENS, _LENGTH = ("Capacidad", "Capacity"), ("Alérgenos", "Allergens"), ("Duración", "Length")
_FORMAT, _LEVEL, _EQUIPMENT = ("Formato", "Format"), ("Nivel", "Level"), ("Equipo", "Equipment")
_LANGUAGE, _RENEWAL, _WARRANTY = ("Idioma", "Language"), ("Renovación", "Renewal"), ("Garantía", "Warranty")
_PROTEIN = ("Proteína por porción", "Protein a serving")


def _fact(name: tuple[str, str], value: str, value_en: str = "") -> Fact:
    return Fact(name=name[0], name_en=name[1], value=value, value_en=value_en or value)


_SPANISH = _fact(_LANGUAGE, "Español", "Spanish")
_ONE_YEAR = _fact(_WARRANTY, "1 año", "1 year")
_COLOMBIA = _fact(_ORIGIN, "Colombia")

FACTS: dict[str, tuple[Fact, ...]] = {
    "whey-protein-2lb": (
        _fact(_WEIGHT, "2 lb (907 g)"),
        _fact(_SERVINGS, "28"),
        _fact(_PROTEIN, "24 g"),
        _fact(_FLAVOUR, "Vainilla", "Vanilla"),
        _fact(_ALLERGENS, "Leche", "Milk"),
    ),
    "proteina-vegetal-1kg": (
        _fact(_WEIGHT, "1 kg"),
        _fact(_SERVINGS, "30"),
        _fact(_PROTEIN, "22 g"),
        _fact(_ALLERGENS, "Ninguno declarado", "None declared"),
        _COLOMBIA,
    ),
    "creatina-monohidratada-300g": (
        _fact(_WEIGHT, "300 g"),
        _fact(_SERVINGS, "100 de 3 g", "100 of 3 g"),
        _fact(_FLAVOUR, "Sin sabor", "Unflavoured"),
    ),
    "cafe-preentreno-narino": (
        _fact(_WEIGHT, "250 g"),
        _fact(("Tueste", "Roast"), "Medio, molido", "Medium, ground"),
        _fact(_ORIGIN, "Nariño, Colombia"),
    ),
    "cubos-panela-limon": (
        _fact(_WEIGHT, "320 g (40 cubos de 8 g)", "320 g (40 cubes of 8 g)"),
        _fact(("Ingredientes", "Ingredients"), "Panela de caña y limón", "Unrefined cane sugar and lime"),
        _COLOMBIA,
    ),
    "botella-acero-750ml": (
        _fact(_VOLUME, "750 ml"),
        _fact(_MATERIAL, "Acero inoxidable de doble pared", "Double-walled stainless steel"),
        _fact(_WASHING, "Lavar a mano", "Wash by hand"),
    ),
    "shaker-600ml": (
        _fact(_VOLUME, "600 ml"),
        _fact(_MATERIAL, "Polipropileno libre de BPA", "BPA-free polypropylene"),
        _fact(_WASHING, "Bandeja superior del lavaplatos", "Top rack of the dishwasher"),
    ),
    "guantes-entrenamiento": (
        _fact(_MATERIAL, "Palma de microfibra, dorso de malla", "Microfibre palm, mesh back"),
        _fact(("Cierre", "Closure"), "Velcro en la muñeca", "Velcro at the wrist"),
        _fact(_WASHING, "Lavar a mano con agua fría", "Wash by hand in cold water"),
    ),
    "camiseta-secado-rapido": (
        _fact(_MATERIAL, "Poliéster reciclado, 140 g/m²", "Recycled polyester, 140 g/m²"),
        _fact(("Corte", "Cut"), "Recto, unisex", "Straight, unisex"),
        _fact(_WASHING, "Agua fría, sin suavizante", "Cold wash, without softener"),
        _fact(_ORIGIN, "Medellín, Colombia"),
    ),
    "toalla-microfibra": (
        _fact(_SIZE, "40 × 80 cm"),
        _fact(_MATERIAL, "Microfibra", "Microfibre"),
        _fact(_WASHING, "Lavar sin suavizante", "Wash without softener"),
    ),
    "maleta-deportiva-35l": (
        _fact(_VOLUME, "35 L"),
        _fact(_SIZE, "50 × 25 × 28 cm"),
        _fact(_MATERIAL, "Poliéster impermeable", "Water-repellent polyester"),
    ),
    "mancuerna-edicion-limitada": (
        _fact(_WEIGHT, "De 4 a 20 kg, en pasos de 2 kg", "From 4 to 20 kg, in steps of 2 kg"),
        _fact(_MATERIAL, "Discos de acero pintado", "Painted steel plates"),
        _fact(_INCLUDED, "1 mancuerna y su base", "1 dumbbell and its base"),
        _ONE_YEAR,
    ),
    "mancuernas-hexagonales-5kg": (
        _fact(_WEIGHT, "2 × 5 kg"),
        _fact(_MATERIAL, "Hierro fundido, caucho, mango cromado", "Cast iron, rubber, chrome handle"),
        _ONE_YEAR,
    ),
    "kettlebell-16kg": (
        _fact(_WEIGHT, "16 kg"),
        _fact(_MATERIAL, "Hierro fundido en una pieza", "Cast iron in one piece"),
        _fact(("Mango", "Handle"), "33 mm"),
        _ONE_YEAR,
    ),
    "bandas-resistencia-set-5": (
        _fact(("Tensión", "Tension"), "De 5 a 50 kg", "From 5 to 50 kg"),
        _fact(_MATERIAL, "Látex natural", "Natural latex"),
        _fact(_INCLUDED, "5 bandas y bolsa de tela", "5 bands and a cloth bag"),
    ),
    "barra-dominadas-puerta": (
        _fact(("Marco de puerta", "Door frame"), "De 65 a 95 cm", "From 65 to 95 cm"),
        _fact(_LOAD, "110 kg"),
        _fact(_MATERIAL, "Acero y espuma", "Steel and foam"),
        _ONE_YEAR,
    ),
    "cinturon-levantamiento-cuero": (
        _fact(_SIZE, "10 cm de ancho, 10 mm de espesor", "10 cm wide, 10 mm thick"),
        _fact(("Talla", "Size"), "M, cintura de 75 a 95 cm", "M, waist of 75 to 95 cm"),
        _fact(_MATERIAL, "Cuero vacuno", "Cowhide"),
        _fact(_ORIGIN, "Bucaramanga, Colombia"),
    ),
    "rueda-abdominal": (
        _fact(_SIZE, "18 cm de diámetro", "18 cm in diameter"),
        _fact(_MATERIAL, "Caucho y espuma", "Rubber and foam"),
        _fact(_INCLUDED, "Tapete para las rodillas", "Knee pad"),
    ),
    "balon-medicinal-6kg": (
        _fact(_WEIGHT, "6 kg"),
        _fact(_SIZE, "23 cm de diámetro", "23 cm in diameter"),
        _fact(_MATERIAL, "Caucho texturizado", "Textured rubber"),
    ),
    "tapete-yoga-6mm": (
        _fact(_SIZE, "183 × 61 cm, 6 mm de espesor", "183 × 61 cm, 6 mm thick"),
        _fact(_WEIGHT, "900 g"),
        _fact(_MATERIAL, "TPE"),
        _fact(_INCLUDED, "Correa", "Carrying strap"),
    ),
    "rodillo-espuma-33cm": (
        _fact(_SIZE, "33 × 14 cm"),
        _fact(_LOAD, "130 kg"),
        _fact(_MATERIAL, "Espuma EVA, densidad media", "EVA foam, medium density"),
    ),
    "cuerda-saltar-rodamientos": (
        _fact(("Largo", "Length of the rope"), "3 m, ajustable", "3 m, adjustable"),
        _fact(_MATERIAL, "Cable de acero recubierto", "Coated steel cable"),
    ),
    "pelota-pilates-65cm": (
        _fact(_SIZE, "65 cm de diámetro", "65 cm in diameter"),
        _fact(("Estatura", "Height of the person"), "De 1,60 a 1,75 m", "From 1.60 to 1.75 m"),
        _fact(_MATERIAL, "PVC antiestallido", "Anti-burst PVC"),
        _fact(_INCLUDED, "Inflador y dos tapones", "Pump and two plugs"),
    ),
    "step-ajustable": (
        _fact(_SIZE, "78 × 29 cm"),
        _fact(("Alturas", "Heights"), "10, 15 y 20 cm", "10, 15 and 20 cm"),
        _fact(_LOAD, "120 kg"),
        _ONE_YEAR,
    ),
    "plan-fuerza-12-semanas": (
        _fact(_LENGTH, "12 semanas, 3 sesiones por semana", "12 weeks, 3 sessions a week"),
        _fact(_LEVEL, "Intermedio", "Intermediate"),
        _fact(_EQUIPMENT, "Barra y discos", "Barbell and plates"),
        _fact(_FORMAT, "PDF y ZIP con un CSV", "PDF and a ZIP with a CSV"),
        _SPANISH,
    ),
    "plan-carrera-10k": (
        _fact(_LENGTH, "8 semanas, 3 salidas por semana", "8 weeks, 3 runs a week"),
        _fact(_LEVEL, "Principiante", "Beginner"),
        _fact(_FORMAT, "PDF"),
        _SPANISH,
    ),
    "recetario-alto-en-proteina": (
        _fact(("Recetas", "Recipes"), "6, para dos porciones", "6, for two servings"),
        _fact(_FORMAT, "PDF"),
        _SPANISH,
    ),
    "guia-movilidad-15-minutos": (
        _fact(("Rutinas", "Routines"), "6, de 15 minutos", "6, of 15 minutes"),
        _fact(_EQUIPMENT, "Ninguno", "None"),
        _fact(_FORMAT, "PDF"),
        _SPANISH,
    ),
    "guia-primer-mes-gimnasio": (
        _fact(_LENGTH, "4 semanas", "4 weeks"),
        _fact(_LEVEL, "Principiante", "Beginner"),
        _fact(_FORMAT, "PDF"),
        _SPANISH,
    ),
    "fitaiid-premium-mensual": (
        _fact(_RENEWAL, "Cada mes", "Every month"),
        _fact(_INCLUDED, "Rutinas, videos, progreso y dos guías", "Routines, videos, progress and two guides"),
        _SPANISH,
    ),
    "fitaiid-premium-anual": (
        _fact(_RENEWAL, "Cada año", "Every year"),
        _fact(_INCLUDED, "Rutinas, videos, progreso y dos guías", "Routines, videos, progress and two guides"),
        _SPANISH,
    ),
    "nutricion-personalizada-mensual": (
        _fact(_RENEWAL, "Cada mes, después de siete días de prueba", "Every month, after seven days of trial"),
        _fact(_INCLUDED, "Plan de comidas, ajuste semanal y recetario", "Meal plan, weekly adjustment and cookbook"),
        _SPANISH,
    ),
}
