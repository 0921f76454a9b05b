"""The base of every schema: camelCase outside, unknown fields refused."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, fields, missing

_READY = {
    fields.String: (str, type(None)),
    fields.Integer: (int, type(None)),
    fields.Boolean: (bool, type(None)),
}
"""Values that a field of this class only hands on."""


class RequestSchema(Schema):
    """A request's body or query; an unknown field is an error, never ignored."""

    error_messages = {"unknown": "unknown_field", "type": "not_an_object"}  # noqa: RUF012 - marshmallow's own contract

    class Meta:
        """Marshmallow's options."""

        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Name the field in camelCase."""
        field_obj.data_key = camel(field_obj.data_key or field_name)


class ResponseSchema(Schema):
    """A response's body, always with every field but those named in `sometimes`."""

    sometimes: ClassVar[tuple[str, ...]] = ()

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Name the field in camelCase; all are there, so all are required in the document."""
        field_obj.data_key = camel(field_obj.data_key or field_name)
        field_obj.required = field_name not in self.sometimes

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """Return what the fields make of an object, or of each of several, as Marshmallow does.

        Marshmallow asks every field of every object where its value is and what is to be done with it. Most values are
        what JSON needs already: those are taken here, and Marshmallow gets the others. The tests of the API compare
        every response with Marshmallow's own.
        """
        if self.many if many is None else many:
            return [self.dump(each, many=False) for each in obj]
        written, is_mapping = {}, isinstance(obj, Mapping)
        for name, source, key, ready, field in self._columns:
            value = obj.get(source, self) if is_mapping else getattr(obj, source, self)
            if type(value) not in ready:
                value = field.serialize(name, obj, self.get_attribute)
                if value is missing:
                    continue
            written[key] = value
        return written

    @cached_property
    def _columns(self) -> list[tuple[str, str, str, tuple[type, ...], fields.Field[Any]]]:
        """Return for each field its name, its source, its name outside and the types of values that need no work."""
        return [
            (name, field.attribute or name, field.data_key or name, _READY.get(type(field), ()), field)
            for name, field in self.dump_fields.items()
        ]


def camel(name: str) -> str:
    """Return a Python name as JSON writes it: `unit_price` is `unitPrice`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
