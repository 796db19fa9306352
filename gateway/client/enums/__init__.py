"""The API's enumerations. Numbers are those of the proto; a test compares the two."""

from gateway.client.enums.base import ProtoEnum
from gateway.client.enums.denial_codes import DenialCode
from gateway.client.enums.gateway import NameKind, PartStatus, ValueSource
from gateway.client.enums.links import LinkKind, LinkProblem, PartialFillPolicy, ReleasePolicy
from gateway.client.enums.orders import ExecType, OffsetType, OrderStatus, OrderType, Side, TimeInForce
from gateway.client.enums.positions import ChargeKind, PositionAdjustmentKind, PositionGroup, RateState
from gateway.client.enums.risk import (
    CrossingPolicy,
    LimitAction,
    LimitKind,
    LimitReference,
    LimitUnit,
    MarketPhase,
    RiskDecision,
    TradingState,
)
from gateway.client.enums.sessions import MessageDirection, SessionAction, SessionState

__all__ = [
    "ChargeKind",
    "CrossingPolicy",
    "DenialCode",
    "ExecType",
    "LimitAction",
    "LimitKind",
    "LimitReference",
    "LimitUnit",
    "LinkKind",
    "LinkProblem",
    "MarketPhase",
    "MessageDirection",
    "NameKind",
    "OffsetType",
    "OrderStatus",
    "OrderType",
    "PartStatus",
    "PartialFillPolicy",
    "PositionAdjustmentKind",
    "PositionGroup",
    "ProtoEnum",
    "RateState",
    "ReleasePolicy",
    "RiskDecision",
    "SessionAction",
    "SessionState",
    "Side",
    "TimeInForce",
    "TradingState",
    "ValueSource",
]
