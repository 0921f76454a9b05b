"""Names of kinds and states of petitions, complaints, claims and suggestions."""

from flask_babel import lazy_gettext as _l

from storefront.enums import RequestKind, RequestStatus

_KINDS = {
    RequestKind.PETITION: _l("Petición"),
    RequestKind.COMPLAINT: _l("Queja"),
    RequestKind.CLAIM: _l("Reclamo"),
    RequestKind.SUGGESTION: _l("Sugerencia"),
}
_STATUSES = {
    RequestStatus.OPEN: _l("Por responder"),
    RequestStatus.ANSWERED: _l("Respondida"),
    RequestStatus.CLOSED: _l("Cerrada"),
}


def request_kind_label(kind: RequestKind) -> str:
    """Return what somebody filed."""
    return str(_KINDS[kind])


def request_status_label(status: RequestStatus) -> str:
    """Return how far a request is."""
    return str(_STATUSES[status])
