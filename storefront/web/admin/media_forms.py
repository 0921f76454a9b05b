"""The forms of pictures and sold files."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, SelectField

from storefront.services.catalogue import pictures
from storefront.web.admin.product_form import line
from storefront.web.forms import Form


class PictureForm(Form):
    """A picture with what it shows, in words; `variants` are the (id, title) that it may belong to."""

    picture = FileField(_l("Foto"))
    alt_es = line(_l("Qué muestra"))
    alt_en = line(_l("Qué muestra, en inglés"))
    variant = SelectField(_l("De cuál es"), validate_choice=False, default="")
    is_decorative = BooleanField(_l("Decorativa: no dice nada que no esté en el texto"))

    def __init__(self, variants: Sequence[tuple[str, str]] = (), **values: Any) -> None:
        super().__init__(**values)
        self.variant.choices = [("", _l("De todas las combinaciones")), *variants]

    @property
    def variant_id(self) -> str | None:
        """Return the variant that it shows, None for all of them."""
        return self.variant.data or None

    @classmethod
    def of(cls, picture: Any, variants: Sequence[tuple[str, str]]) -> "PictureForm":
        """Return the form of a stored picture, whose fields have ids of their own on the page."""
        stored = {"alt_es": picture.alt_es, "alt_en": picture.alt_en, "variant": picture.variant_id or ""}
        form = cls(variants, formdata=None, data=stored | {"is_decorative": picture.is_decorative})
        form.name_ids(picture.id)
        return form

    def name_ids(self, picture_id: str) -> None:
        """Tell the fields from those of the page's other pictures."""
        for field in self:
            field.id = f"{field.name}-{picture_id}"
            field.label.field_id = field.id

    @property
    def alt(self) -> pictures.AltText:
        """Return what it shows."""
        return pictures.AltText(self.alt_es.data or "", self.alt_en.data or "", bool(self.is_decorative.data))


class SoldFileForm(Form):
    """A file that is sold."""

    sold_file = FileField(_l("Archivo PDF, ZIP o MP4"))
