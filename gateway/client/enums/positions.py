"""Positions and their sums."""

from gateway.client.enums.base import ProtoEnum

__all__ = ["ChargeKind", "PositionAdjustmentKind", "PositionGroup", "RateState"]


class PositionAdjustmentKind(ProtoEnum):
    """What changes a position beside executions."""

    UNSPECIFIED = 0
    START_OF_DAY = 1
    CORRECTION = 2
    SPLIT = 3


class ChargeKind(ProtoEnum):
    """What an amount is paid for."""

    UNSPECIFIED = 0
    COMMISSION = 1
    FEE = 2


class PositionGroup(ProtoEnum):
    """What positions are summed by."""

    UNSPECIFIED = 0
    ACCOUNT = 1
    STRATEGY = 2
    INSTRUMENT = 3
    CURRENCY = 4
    VENUE = 5
    ASSET_CLASS = 6
    SECTOR = 7
    REGION = 8


class RateState(ProtoEnum):
    """Whether an amount can be told in the base currency."""

    UNSPECIFIED = 0
    OK = 1
    STALE = 2
    MISSING = 3
