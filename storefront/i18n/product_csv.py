"""Messages for what is wrong in a file of products, which say how to correct it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from storefront.enums import JobKind, JobState
from storefront.i18n.babel import translate as _
from storefront.i18n.field_messages import field_message

_MESSAGES = {
    "file_too_large": _l("El archivo pasa de %(most)s MB: divídelo en varios."),
    "file_empty": _l("El archivo está vacío."),
    "not_utf8": _l("El archivo no está en UTF-8: guárdalo como «CSV UTF-8»."),
    "broken_quotes": _l("Hay unas comillas que no cierran o un texto fuera de ellas; desde aquí no se puede leer."),
    "unknown_column": _l("No conocemos esta columna; revisa cómo está escrita en la primera fila."),
    "column_twice": _l("Esta columna está dos veces."),
    "column_missing": _l("Falta esta columna."),
    "too_many_cells": _l("La fila tiene más celdas que las %(most)s columnas de la primera fila."),
    "changed_meanwhile": _l("La tienda cambió mientras se importaba y no se escribió nada; inténtalo otra vez."),
    "required": _l("Completa esta celda."),
    "too_long": _l("Usa como máximo %(most)s caracteres."),
    "control_character": _l("Quita los caracteres invisibles de control."),
    "unknown_choice": _l("Usa uno de estos valores: %(choices)s."),
    "not_a_number": _l("Escribe un número entero."),
    "not_whole": _l("Escribe un número entero, sin decimales."),
    "out_of_range": _l("Escribe un número entre %(least)s y %(most)s."),
    "not_a_price": _l("Escribe el precio en pesos, como 129900 o 129.900."),
    "price_with_centavos": _l("El precio va en pesos completos, sin centavos."),
    "price_zero": _l("El precio debe ser mayor que 0."),
    "price_too_high": _l("El precio no puede pasar de 1.000.000.000 de pesos."),
    "compare_at_too_low": _l("El precio anterior debe ser mayor que el precio; si no hay rebaja, deja la celda vacía."),
    "not_a_slug": _l("Usa minúsculas sin tilde, números y guiones, como camiseta-secado-rapido."),
    "not_a_barcode": _l(
        "El código de barras tiene 8, 12, 13 o 14 dígitos; si Excel lo cambió por algo como 7,7E+12, pon la columna en "
        "formato de texto."
    ),
    "sku_twice": _l("Este SKU ya está en la fila %(other)s."),
    "sku_elsewhere": _l("Este SKU es del producto %(slug)s."),
    "two_slugs": _l("Otra fila le da una dirección distinta al mismo producto, %(slug)s."),
    "slug_was_used": _l("Esta fue la dirección de otro producto y todavía lleva a él; usa otra."),
    "differs_from_row": _l("No coincide con la fila %(other)s del mismo producto: repítelo o deja la celda vacía."),
    "kind_fixed": _l("El tipo de un producto no se puede cambiar; crea otro producto."),
    "category_unknown": _l("Esa categoría no existe; para crearla, escribe también su nombre."),
    "facts_differ": _l("Los datos en español y en inglés deben tener las mismas líneas."),
    "too_many_facts": _l("Usa como máximo %(most)s datos."),
    "not_a_fact": _l("Escribe cada dato en una línea, como «Peso: 2 lb»."),
    "option_before_missing": _l("Completa primero la opción anterior."),
    "option_twice": _l("Dos opciones tienen el mismo nombre."),
    "option_without_name": _l("La opción de este valor no tiene nombre en la primera fila del producto."),
    "variants_missing": _l(
        "Para cambiar las opciones, el archivo debe traer todas las combinaciones; faltan: %(skus)s."
    ),
    "english_differs": _l("El valor %(value)s tiene dos traducciones distintas."),
    "combination_twice": _l("La combinación %(sku)s ya tiene estas mismas opciones."),
    "interval_missing": _l("Un plan necesita su intervalo: month o year."),
    "only_of_plans": _l("Solo los planes tienen este dato; deja la celda vacía."),
    "stock_not_physical": _l("Solo los productos físicos tienen inventario; deja la celda vacía."),
    "stock_kept": _l("El inventario sigue en %(has)s: el de una combinación que ya existe se cambia contando."),
    "category_names_kept": _l("La categoría %(slug)s ya existe y conserva sus nombres."),
}

_COUNTS = {
    "rows": _l("Filas"),
    "products_created": _l("Productos nuevos"),
    "products_changed": _l("Productos cambiados"),
    "variants_created": _l("Combinaciones nuevas"),
    "variants_changed": _l("Combinaciones cambiadas"),
    "unchanged": _l("Sin cambios"),
}
_JOBS = {
    (JobKind.PRODUCT_CHECK, JobState.QUEUED): _l("Esperando la revisión."),
    (JobKind.PRODUCT_CHECK, JobState.RUNNING): _l("Revisando el archivo."),
    (JobKind.PRODUCT_CHECK, JobState.DONE): _l("Revisado."),
    (JobKind.PRODUCT_CHECK, JobState.FAILED): _l("No se pudo revisar."),
    (JobKind.PRODUCT_IMPORT, JobState.QUEUED): _l("Esperando la importación."),
    (JobKind.PRODUCT_IMPORT, JobState.RUNNING): _l("Importando."),
    (JobKind.PRODUCT_IMPORT, JobState.DONE): _l("Importado."),
    (JobKind.PRODUCT_IMPORT, JobState.FAILED): _l("No se importó."),
    (JobKind.PACKING_SLIPS, JobState.QUEUED): _l("Esperando para hacer las hojas."),
    (JobKind.PACKING_SLIPS, JobState.RUNNING): _l("Haciendo las hojas."),
    (JobKind.PACKING_SLIPS, JobState.DONE): _l("Listas."),
    (JobKind.PACKING_SLIPS, JobState.FAILED): _l("No se pudieron hacer."),
    (JobKind.ACCOUNTING_EXPORT, JobState.QUEUED): _l("Esperando para hacer el archivo."),
    (JobKind.ACCOUNTING_EXPORT, JobState.RUNNING): _l("Haciendo el archivo."),
    (JobKind.ACCOUNTING_EXPORT, JobState.DONE): _l("Listo."),
    (JobKind.ACCOUNTING_EXPORT, JobState.FAILED): _l("No se pudo hacer."),
}


def cell_message(code: str, facts: Mapping[str, Any]) -> str:
    """Return what is wrong with a cell or a file, or what of it does not count."""
    if "field" in facts:  # what the product's page refuses, which says it in the same words
        return field_message(code, facts["field"])
    return str(_MESSAGES[code]) % facts


def place_label(row: int, line: int, column: str) -> str:
    """Return where that is, as spreadsheets and editors count."""
    if column:
        return _("Fila %(row)s (línea %(line)s), columna %(column)s", row=row, line=line, column=column)
    return _("Fila %(row)s (línea %(line)s)", row=row, line=line)


def count_label(name: str) -> str:
    """Return what a figure of a report counts."""
    return str(_COUNTS[name])


def job_label(kind: JobKind, state: JobState) -> str:
    """Return how far the work on a file is."""
    return str(_JOBS[kind, state])
