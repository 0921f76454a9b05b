"""What staff do with orders and plans."""

from enum import StrEnum


class OrderTab(StrEnum):
    """The tabs of the staff's list of orders: what waits for somebody, and everything."""

    TO_PREPARE = "to_prepare"
    READY = "ready"
    ON_THE_WAY = "on_the_way"
    TO_DECIDE = "to_decide"
    ALL = "all"


class PlanTab(StrEnum):
    """The tabs of the staff's list of plans, by what comes next."""

    ACTIVE = "active"
    FAILING = "failing"
    ENDING = "ending"
    ENDED = "ended"
    ALL = "all"


class SlipSize(StrEnum):
    """The paper of a packing slip: a label of 100 × 150 mm, or a sheet of A4."""

    LABEL = "label"
    A4 = "a4"
