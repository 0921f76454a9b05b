"""Petitions, complaints, claims and suggestions (PQR) that people send to the shop."""

from enum import StrEnum


class RequestKind(StrEnum):
    """What somebody wants: petición, queja, reclamo, sugerencia."""

    PETITION = "petition"
    COMPLAINT = "complaint"
    CLAIM = "claim"
    SUGGESTION = "suggestion"


class RequestStatus(StrEnum):
    """How far a request is."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
