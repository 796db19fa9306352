"""What loosens a limit, and by how much: row by row, and as properties."""

import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st

from gateway.risk.limits.looseness import TIGHTENING, UNBOUNDED, loosening_percent, loosest
from gateway.v1 import risk_pb2
from gateway.v1.risk_pb2 import LimitAction, LimitKind

KINDS = [kind for kind in LimitKind.values() if kind != LimitKind.LIMIT_KIND_UNSPECIFIED]


def limit(kind="POSITION", value="100", window_s=0, **terms):
    window = Duration(seconds=window_s) if window_s else None
    number = LimitKind.Value(f"LIMIT_KIND_{kind}")
    return risk_pb2.Limit(name="n", level="firm", kind=number, value=value, window=window, **terms)


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        (limit(), limit(), 0),
        (limit(), limit(value="99"), 0),
        (limit(), limit(value="110"), 10),
        (limit(value="0"), limit(value="1"), UNBOUNDED),
        (limit(), None, UNBOUNDED),
        (None, limit(), 0),
        (limit(), limit(disabled=True), UNBOUNDED),
        (limit(disabled=True), limit(), 0),
        (limit(), limit(second_level="client:c"), UNBOUNDED),
        (limit("OPEN_ORDERS", "", count=10), limit("OPEN_ORDERS", "", count=15), 50),
        (limit("MESSAGE_RATE", "", 10, count=5), limit("MESSAGE_RATE", "", 5, count=5), 100),
        (limit("MESSAGE_RATE", "", 10, count=5), limit("MESSAGE_RATE", "", 20, count=5), 0),
        (limit("PRICE_COLLAR", "5", 10), limit("PRICE_COLLAR", "5", 20), 100),
        (limit("PRICE_COLLAR", "5", 10), limit("PRICE_COLLAR", "5"), UNBOUNDED),
        (limit("PRICE_COLLAR", "5"), limit("PRICE_COLLAR", "5", 10), 0),
        (limit("ORDER_TO_TRADE_RATIO", "5", 10), limit("ORDER_TO_TRADE_RATIO", "5", 20), UNBOUNDED),
        (limit("PRICE_COLLAR", "5"), limit("PRICE_COLLAR", "5", unit="LIMIT_UNIT_TICKS"), UNBOUNDED),
        (limit("LEVERAGE", "5", capital="10"), limit("LEVERAGE", "5", capital="12"), 20),
        (limit("TOTAL_LOSS", "5", include_charges=True), limit("TOTAL_LOSS", "5"), UNBOUNDED),
        (limit("TOTAL_LOSS", "5"), limit("TOTAL_LOSS", "5", include_charges=True), 0),
        (limit("TOTAL_LOSS", "5", currency="USD"), limit("TOTAL_LOSS", "5", currency="EUR"), UNBOUNDED),
        (limit(), limit(action="LIMIT_ACTION_WARN"), UNBOUNDED),
        (limit(), limit(action="LIMIT_ACTION_HALT"), 0),
        (limit(), limit(action="LIMIT_ACTION_DENY"), 0),
        (limit("PRICE_COLLAR", "5"), limit("PRICE_COLLAR", "5", allow_missing_reference=True), UNBOUNDED),
        (None, limit("PERMITTED", ""), UNBOUNDED),
        (limit("PERMITTED", ""), None, UNBOUNDED),
        (limit("RESTRICTED", ""), None, UNBOUNDED),
        (None, limit("RESTRICTED", ""), 0),
        (limit(value="100"), limit(value="50", action="LIMIT_ACTION_WARN"), UNBOUNDED),
    ],
)
def test_change_loosens_by_so_much(before, after, percent):
    assert loosening_percent(before, after) == percent


def test_request_is_as_loose_as_its_loosest_change():
    assert loosest([]) == TIGHTENING
    assert loosest([(limit(), limit(value="110")), (limit(), limit(value="105"))]) == 10


limits = st.builds(
    lambda kind, value, count, window, action, disabled: risk_pb2.Limit(
        name="n",
        level="firm",
        kind=kind,
        value=str(value),
        count=count,
        window=Duration(seconds=window) if window else None,
        action=action,
        disabled=disabled,
    ),
    st.sampled_from(KINDS),
    st.integers(0, 50),
    st.integers(0, 5),
    st.integers(0, 5),
    st.sampled_from(LimitAction.values()),
    st.booleans(),
)


@given(limits, limits)
def test_there_and_back_is_never_tightening_both_ways_unless_it_is_the_same(one, other):
    there, back = loosening_percent(one, other), loosening_percent(other, one)
    if there == back == 0:
        one.action = one.action or LimitAction.LIMIT_ACTION_DENY
        other.action = other.action or LimitAction.LIMIT_ACTION_DENY
        assert one == other or (one.disabled and other.disabled)


@given(limits, st.integers(0, 100), st.integers(0, 100))
def test_higher_value_is_never_tighter(base, low, rise):
    tight, loose = risk_pb2.Limit(), risk_pb2.Limit()
    for each, value in ((tight, low), (loose, low + rise)):
        each.CopyFrom(base)
        each.disabled = False
        each.value = str(value)
    assert (loosening_percent(tight, loose) > 0) == (rise > 0)
    if base.kind != LimitKind.LIMIT_KIND_PERMITTED:
        assert loosening_percent(loose, tight) == 0
