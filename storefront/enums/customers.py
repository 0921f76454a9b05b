"""What staff do about the people who buy: requests about their data, and blocks."""

from enum import StrEnum


class DataRequestKind(StrEnum):
    """What somebody asks for about their own data (Ley 1581 of 2012): a copy, a correction, or the erasure."""

    ACCESS = "access"
    CORRECTION = "correction"
    ERASURE = "erasure"


class BlockKind(StrEnum):
    """By what somebody who may not buy is known."""

    EMAIL = "email"
    PHONE = "phone"
    NETWORK = "network"
