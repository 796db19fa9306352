"""Limits through the core's Python face: set as a whole, listed, and there again after the journal is reopened."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from gateway.v1 import risk_pb2
from ops.demo.configuration import ACCOUNT, INSTRUMENTS, SessionTerms, write_configuration
from tests.integration.gateway.test_restart_state import open_core
from tests.integration.gateway.world import SIM_COMP_ID, free_port


def limit(name: str, value: str, level: str = "firm") -> risk_pb2.Limit:
    return risk_pb2.Limit(name=name, level=level, kind=risk_pb2.LIMIT_KIND_MAX_ORDER_QUANTITY, value=value)


def request(*limits: risk_pb2.Limit, removed: tuple[str, ...] = ()) -> bytes:
    return risk_pb2.SetLimitsRequest(limits=limits, removed=removed, reason="test").SerializeToString()


def test_limits_are_set_listed_and_there_after_reopening(tmp_path: Path) -> None:
    configuration = write_configuration(tmp_path, SessionTerms(SIM_COMP_ID, free_port()))
    core = open_core(configuration)
    wanted = [
        limit("a", "10", f"account:{ACCOUNT}"),
        limit("b", "20.5", f"instrument:{INSTRUMENTS[0].symbol}"),
    ]
    answer = risk_pb2.SetLimitsResponse.FromString(core.set_limits(request(*wanted), "tester"))
    assert (answer.version, answer.changed_count, answer.removed_count) == (1, 2, 0)
    assert answer.lsn == core.committed_lsn()
    answer = risk_pb2.SetLimitsResponse.FromString(core.set_limits(request(removed=("a",)), "tester"))
    assert (answer.version, answer.changed_count, answer.removed_count) == (2, 0, 1)
    state = core.state_hash()
    del core
    gc.collect()  # the journal is let go of with the last reference to its core

    core = open_core(configuration)
    assert core.state_hash() == state
    known = risk_pb2.ListLimitsResponse.FromString(core.limits())
    assert known.version == 2
    assert known.limits[0] == wanted[1]
    assert "max_order_quantity" in {each.name for each in known.limits[1:]}  # the configuration's
    assert not risk_pb2.ListLimitsResponse.FromString(core.limits("account:NOBODY")).limits


def test_garbage_is_refused_with_its_place(tmp_path: Path) -> None:
    core = open_core(write_configuration(tmp_path, SessionTerms(SIM_COMP_ID, free_port())))
    with pytest.raises(ValueError, match=r"limits\[1\] 'b': value: expected zero or above, was '-1'"):
        core.set_limits(request(limit("a", "10"), limit("b", "-1")), "tester")
    with pytest.raises(ValueError, match="no SetLimitsRequest"):
        core.set_limits(b"\xff", "tester")
    assert risk_pb2.ListLimitsResponse.FromString(core.limits()).version == 0
