"""The files of the demo's digital products, generated here."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from storefront.enums import FileFormat
from storefront.gateways import file_store
from storefront.gateways.files import ContentMissing
from storefront.seed.pdf import typeset
from storefront.text import disposition

_BOOKS = Path(__file__).with_name("books")
_WEEKS = ((4, 8, "65"), (4, 8, "67,5"), (4, 8, "70"), (3, 6, "60"), (5, 5, "72,5"), (5, 5, "75"), (5, 5, "77,5"),
          (3, 5, "62,5"), (4, 4, "80"), (4, 3, "84"), (3, 2, "88"), (3, 3, "60"))  # fmt: skip
_SESSIONS = {
    "A": ("Sentadilla", "Press de banca", "Remo con barra"),
    "B": ("Peso muerto", "Press militar", "Jalón o dominadas"),
    "C": ("Sentadilla frontal", "Press inclinado", "Zancadas caminando"),
}
_README = """Hoja de progreso del plan de fuerza de 12 semanas

Abre hoja-de-progreso.csv en Excel, LibreOffice o Google Sheets: una fila por ejercicio, 108 en total.
Llena las columnas "Peso (kg)", "Repeticiones hechas" y "Notas" después de cada sesión.
El porcentaje es de tu máximo de una repetición (1RM); el tercer ejercicio de cada sesión va por sensación.
"""


@dataclass(frozen=True, slots=True)
class SeedFile:
    """One file of a product; `make` returns its bytes."""

    slug: str
    file_name: str
    format: str
    make: Callable[[str], bytes]

    @property
    def key(self) -> str:
        """Return its name in the store."""
        return f"{self.slug}/{self.slug}.{self.format}"


def book(slug: str) -> bytes:
    """Return a product's text as a PDF."""
    return typeset((_BOOKS / f"{slug}.txt").read_text(encoding="utf-8"))


def progress_sheet(_slug: str) -> bytes:
    """Return the strength plan's sheet to fill in, as a ZIP."""
    table = io.StringIO()
    rows = csv.writer(table, delimiter=";")
    rows.writerow(["Semana", "Sesión", "Ejercicio", "Series", "Repeticiones", "% de 1RM",
                   "Peso (kg)", "Repeticiones hechas", "Notas"])  # fmt: skip
    for week, (sets, repeats, percent) in enumerate(_WEEKS, 1):
        for session, exercises in _SESSIONS.items():
            for number, exercise in enumerate(exercises):
                load = (sets, repeats, percent) if number < 2 else (3, 10, "")
                rows.writerow([week, session, exercise, *load, "", "", ""])
    # The mark at the start lets Excel read the accents.
    return _zip({"hoja-de-progreso.csv": "\ufeff" + table.getvalue(), "LEEME.txt": _README})


FILES = (
    SeedFile("plan-fuerza-12-semanas", "Plan de fuerza de 12 semanas.pdf", "pdf", book),
    SeedFile("plan-fuerza-12-semanas", "Hoja de progreso de 12 semanas.zip", "zip", progress_sheet),
    SeedFile("plan-carrera-10k", "Plan de carrera, tus primeros 10 km.pdf", "pdf", book),
    SeedFile("recetario-alto-en-proteina", "Recetario colombiano alto en proteína.pdf", "pdf", book),
    SeedFile("guia-movilidad-15-minutos", "Guía de movilidad en 15 minutos.pdf", "pdf", book),
    SeedFile("guia-primer-mes-gimnasio", "Guía para tu primer mes en el gimnasio.pdf", "pdf", book),
)


def store_files() -> dict[SeedFile, int]:
    """Put what is missing or of another size into the private store, and return each file's size in bytes."""
    store, sizes = file_store(), {}
    for file in FILES:
        made = file.make(file.slug)
        try:
            is_there = store.find(file.key).size == len(made)
        except ContentMissing:
            is_there = False
        if not is_there:
            headers = {"media_type": FileFormat(file.format).media_type, "disposition": disposition(file.file_name)}
            store.write(file.key, made, **headers)
        sizes[file] = len(made)
    return sizes


def _zip(files: Mapping[str, str]) -> bytes:
    """Return a ZIP whose bytes depend on its files alone."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
