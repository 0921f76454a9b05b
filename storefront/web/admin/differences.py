"""What differs between two versions of a form: that of somebody else, who saved first, and the one just typed."""

from typing import Any

from storefront.i18n import translate as _
from storefront.web.forms import Form

Differences = list[tuple[str, str, str]]
"""(field, stored text, typed text) for each field in which two versions differ."""


def differences_of(stored: Form, typed: Form) -> Differences:
    """Return what the stored version has otherwise than the typed one, in words."""
    others, found = {field.name: field for field in stored.all_fields()}, []
    for field in typed.all_fields():
        other = others.get(field.name)
        if field.name == "csrf_token" or field.type == "HiddenField" or field.name.endswith("-received"):
            continue
        texts = ("" if other is None else _shown(other)), _shown(field)
        if texts[0] != texts[1]:
            found.append((str(field.label.text), *texts))
    return found


def _shown(field: Any) -> str:
    if field.type == "SelectField":
        return str(dict(field.choices).get(field.data, field.data))
    if field.type == "SelectMultipleField":
        names = dict(field.choices)
        return ", ".join(str(names.get(value, value)).removeprefix("— ") for value in field.data or ())
    if field.type == "BooleanField":
        return _("sí") if field.data else _("no")
    return str(field.data or "").replace("\r\n", "\n")
