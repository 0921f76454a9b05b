"""Labels about customers in the back office: what they ask about their data, and by what they are blocked."""

from flask_babel import lazy_gettext as _l

from storefront.enums import BlockKind, DataRequestKind

_REQUESTS = {
    DataRequestKind.ACCESS: _l("Consulta: una copia de sus datos"),
    DataRequestKind.CORRECTION: _l("Reclamo: corregir un dato"),
    DataRequestKind.ERASURE: _l("Reclamo: borrar sus datos"),
}
_BLOCKS = {
    BlockKind.EMAIL: _l("Correo"),
    BlockKind.PHONE: _l("Celular o teléfono"),
    BlockKind.NETWORK: _l("Red"),
}


def data_request_label(kind: str) -> str:
    """Return what somebody asks about their data."""
    return str(_REQUESTS[DataRequestKind(kind)])


def block_kind_label(kind: str) -> str:
    """Return by what somebody is blocked."""
    return str(_BLOCKS[BlockKind(kind)])
