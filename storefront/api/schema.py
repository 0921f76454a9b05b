"""The base of every schema: camelCase outside, unknown fields refused."""

from typing import Any, ClassVar

from marshmallow import RAISE, Schema, fields


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


def camel(name: str) -> str:
    """Return a Python name as JSON writes it: `unit_price` is `unitPrice`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
