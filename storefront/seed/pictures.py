"""Pictures of the demo's products: files in all widths, made from the drawings of docs/art."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from storefront.domain.picture import FOLDER, WIDTHS, digest_of, ending, media_type, sharing_ending
from storefront.gateways import file_store
from storefront.gateways.files import ContentMissing

_FILES = Path(__file__).with_name("picture_files")
_ENDINGS = (sharing_ending(), *map(ending, WIDTHS))


@dataclass(frozen=True, slots=True)
class SeedPicture:
    """A picture in both languages; one with ``value`` shows only variants that have this value of an option."""

    file: str
    alt: str
    alt_en: str
    value: str = ""


PICTURES: Mapping[str, tuple[SeedPicture, ...]] = {
    "camiseta-secado-rapido": (
        SeedPicture("camiseta-secado-rapido-negro", "Camiseta negra vista de frente", "Black T-shirt, front", "negro"),
        SeedPicture("camiseta-secado-rapido", "Camiseta naranja vista de frente", "Orange T-shirt, front", "naranja"),
        SeedPicture("camiseta-secado-rapido-espalda", "Espalda de la camiseta", "Back of the T-shirt"),
        SeedPicture("camiseta-secado-rapido-tela", "Tejido que deja pasar la humedad", "Fabric that lets moisture out"),
    ),
    "guantes-entrenamiento": (
        SeedPicture("guantes-entrenamiento", "Par de guantes sin dedos", "Pair of fingerless gloves"),
        SeedPicture(
            "guantes-entrenamiento-tallas",
            "Contorno de la palma por talla: S de 17 a 19 cm, M de 19 a 21, L de 21 a 23",
            "Girth of the palm by size: S from 17 to 19 cm, M from 19 to 21, L from 21 to 23",
        ),
        SeedPicture("guantes-entrenamiento-cierre", "Cierre de velcro en la muñeca", "Velcro at the wrist"),
    ),
    "proteina-vegetal-1kg": (
        SeedPicture("proteina-vegetal-1kg", "Bolsa de sabor cacao", "Bag of cocoa", "cacao"),
        SeedPicture("proteina-vegetal-1kg-vainilla", "Bolsa de sabor vainilla", "Bag of vanilla", "vainilla"),
        SeedPicture("proteina-vegetal-1kg-medida", "Medida de 33 g con proteína", "Scoop of 33 g with protein"),
        SeedPicture("proteina-vegetal-1kg-tabla", "Tabla: 22 g de proteína en 33 g", "Table: 22 g of protein in 33 g"),
    ),
    "whey-protein-2lb": (
        SeedPicture("whey-protein-2lb", "Tarro de 2 libras con su medida", "Tub of 2 lb with its scoop"),
        SeedPicture("whey-protein-2lb-medida", "Medida de 32 g y un vaso de leche", "Scoop of 32 g and a glass"),
        SeedPicture("whey-protein-2lb-tabla", "Tabla: 24 g de proteína en 32 g", "Table: 24 g of protein in 32 g"),
    ),
    "mancuerna-edicion-limitada": (
        SeedPicture("mancuerna-edicion-limitada", "Mancuerna naranja en su base", "Orange dumbbell on its base"),
        SeedPicture("mancuerna-edicion-limitada-pesos", "Nueve pesos, de 4 a 20 kg", "Nine weights, from 4 to 20 kg"),
        SeedPicture("mancuerna-edicion-limitada-mango", "Mango de acero moleteado", "Knurled steel handle"),
    ),
    "botella-acero-750ml": (
        SeedPicture("botella-acero-750ml", "Botella naranja con asa", "Orange bottle with a loop"),
        SeedPicture("botella-acero-750ml-medidas", "Mide 26 cm de alto y 7 de ancho", "26 cm high and 7 cm wide"),
        SeedPicture("botella-acero-750ml-corte", "Corte de la doble pared", "Section of the double wall"),
    ),
}  # fmt: skip


def store_pictures() -> dict[str, str]:
    """Put the files that are missing into the store, and return the digest of each picture."""
    store, digests = file_store(), {}
    for seed in (one for pictures in PICTURES.values() for one in pictures):
        files = {name: (_FILES / f"{seed.file}{name}").read_bytes() for name in _ENDINGS}
        digests[seed.file] = digest = digest_of(files)
        for name, content in files.items():
            key = f"{FOLDER}{digest}{name}"
            try:
                store.find(key)
            except ContentMissing:
                store.write(key, content, media_type=media_type(name))
    return digests
