from typing import Any

import pytest

from gateway.client import enums
from gateway.v1 import admin_pb2 as admin
from gateway.v1 import events_pb2 as events
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import risk_pb2 as risk
from gateway.v1 import sessions_pb2 as sessions
from gateway.v1 import types_pb2 as types

PAIRS = [
    (enums.Side, types.Side),
    (enums.OrderType, types.OrderType),
    (enums.TimeInForce, types.TimeInForce),
    (enums.OrderStatus, types.OrderStatus),
    (enums.ExecType, types.ExecType),
    (enums.DenialCode, types.DenialCode),
    (enums.LinkKind, types.LinkKind),
    (enums.PartialFillPolicy, types.PartialFillPolicy),
    (enums.ReleasePolicy, types.ReleasePolicy),
    (enums.LinkProblem, events.LinkProblem),
    (enums.RiskDecision, events.RiskDecision),
    (enums.MarketPhase, events.MarketPhase),
    (enums.SessionAction, events.SessionAction),
    (enums.SessionState, events.SessionState),
    (enums.TradingState, events.TradingState),
    (enums.NameKind, events.NameKind),
    (enums.ChargeKind, types.ChargeKind),
    (enums.PositionGroup, queries.PositionGroup),
    (enums.RateState, queries.RateState),
    (enums.PartStatus, admin.PartStatus),
    (enums.ValueSource, admin.ValueSource),
    (enums.MessageDirection, sessions.MessageDirection),
    (enums.LimitKind, risk.LimitKind),
    (enums.LimitAction, risk.LimitAction),
    (enums.LimitUnit, risk.LimitUnit),
    (enums.LimitReference, risk.LimitReference),
    (enums.CrossingPolicy, risk.CrossingPolicy),
]


@pytest.mark.parametrize(("ours", "proto"), PAIRS, ids=lambda each: getattr(each, "__name__", ""))
def test_enum_has_the_names_and_numbers_of_the_proto(ours: type[enums.ProtoEnum], proto: Any) -> None:
    values = proto.items()
    prefix = values[0][0].removesuffix("UNSPECIFIED")
    assert {member.name: member.value for member in ours} == {
        name.removeprefix(prefix): number for name, number in values
    }


def test_enum_number_of_a_newer_gateway_keeps_its_number() -> None:
    code = enums.DenialCode(4242)
    assert code == 4242
    assert code.name == "UNKNOWN_4242"


def test_enum_of_no_number_raises() -> None:
    with pytest.raises(ValueError, match="buy"):
        enums.Side("buy")  # type: ignore[arg-type]


def test_order_status_unknown_is_not_final() -> None:
    assert not enums.OrderStatus.UNKNOWN.is_final
