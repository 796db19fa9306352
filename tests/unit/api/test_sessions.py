"""What the core refuses to do with a session names it for programs."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from gateway.api.call import Call
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.rights import ALL_RIGHTS, Caller
from gateway.api.sessions import Sessions
from gateway.core._core import SessionRefused
from gateway.v1 import sessions_pb2 as sessions


class RefusingCore:
    def log_on(self, session: str, changed_by: str, reason: str) -> tuple[int, bool]:
        raise SessionRefused(f"session '{session}' is to be removed")


async def on_this_thread(work: Callable[[], Any]) -> Any:
    return work()


async def test_refusal_of_a_session_has_its_name_among_the_facts() -> None:
    servicer = Sessions(cast(Core, RefusingCore()), on_this_thread, None)
    call = Call(Caller("alpha", frozenset({"A1"}), ALL_RIGHTS), 0)
    with pytest.raises(ApiError, match="to be removed") as refusal:
        await servicer.logon_session(call, sessions.LogonSessionRequest(name="SIM", note={"reason": "t"}))
    assert (refusal.value.problem, refusal.value.facts) == (Problem.REFUSED, {"session": "SIM"})
