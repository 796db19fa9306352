"""The event log over the API: queries by pages, and events as they come."""

import asyncio
from typing import Any

import grpc
import grpc.aio

from gateway.v1 import audit_pb2 as audit
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events
from tests.integration.api.support import TIMEOUT_S, RawClient, end_of, settled

QUERY = "gateway.v1.Audit/QueryEvents"
WATCH = "gateway.v1.Audit/WatchEvents"


async def page_of(raw: RawClient, **terms: Any) -> audit.QueryEventsResponse:
    request = audit.QueryEventsRequest(**terms)
    return audit.QueryEventsResponse.FromString(await raw.call(QUERY, request.SerializeToString()))


async def query(raw: RawClient, page: dict[str, Any] | None = None, **wanted: Any) -> list[events.Event]:
    return list((await page_of(raw, filter=audit.EventFilter(**wanted), **(page or {}))).events)


def kinds(found: list[events.Event]) -> list[str]:
    return [event.WhichOneof("body") or "" for event in found]


async def halt(raw: RawClient, level: str) -> None:
    request = control.SetTradingStateRequest(level=level, state=events.TRADING_STATE_HALTED, reason="t")
    await raw.call("gateway.v1.Risk/SetTradingState", request.SerializeToString())


async def test_log_is_read_either_way_and_by_lsn(raw: RawClient) -> None:
    await raw.submit(client_order_id="c")
    await settled(raw, 1)
    forwards = await query(raw, {"oldest_first": True, "page_size": 1000})
    lsns = [event.lsn for event in forwards]
    assert lsns == sorted(lsns)
    assert kinds(forwards)[0] == "gateway_started"
    newest = (await page_of(raw)).newest_lsn
    backwards = await query(raw, {"page_size": 1000, "to_lsn": lsns[-1]})
    assert backwards == forwards[::-1]
    middle = lsns[1:4]
    for oldest_first in (False, True):
        bounds = {"from_lsn": middle[0], "to_lsn": middle[-1], "oldest_first": oldest_first}
        found = [event.lsn for event in await query(raw, bounds)]
        assert found == (middle if oldest_first else middle[::-1])
    assert newest >= lsns[-1]


async def test_every_filter_narrows_the_log(raw: RawClient, shared: RawClient) -> None:
    one = await raw.submit(client_order_id="one", account="A1", strategy="s1")
    await raw.submit(client_order_id="two", account="A2", strategy="s2", instrument="OTHER")
    await shared.submit(client_order_id="three", account="A1")
    await settled(raw, 2)
    accepted = await query(raw, kinds=["order_accepted"])
    assert [event.order_accepted.client_order_id for event in accepted] == ["three", "two", "one"]
    of_one = await query(raw, order_id=one.order_id)
    assert set(kinds(of_one)) == {"order_accepted", "execution_reported"}
    assert all(event.lsn >= one.lsn for event in of_one)
    by_gamma = await query(raw, client="gamma", kinds=["order_accepted"])
    assert [event.order_accepted.client_order_id for event in by_gamma] == ["three"]
    for wanted in ({"accounts": ["A2"]}, {"strategies": ["s2"]}, {"instruments": ["OTHER"]}):
        found = await query(raw, kinds=["order_accepted"], **wanted)
        assert [event.order_accepted.client_order_id for event in found] == ["two"]
    assert set(kinds(await query(raw, session="SIM"))) >= {"session_changed"}
    early = await query(raw, before=accepted[-1].time)
    assert early
    assert not {"order_accepted", "execution_reported"} & set(kinds(early))


async def test_pages_give_every_event_once(raw: RawClient) -> None:
    for number in range(10):
        await raw.submit(client_order_id=f"c-{number}")
    lsn = await settled(raw, 10)
    for oldest_first in (True, False):
        terms: dict[str, Any] = {"oldest_first": oldest_first, "to_lsn": lsn}
        whole = [event.lsn for event in (await page_of(raw, page_size=1000, **terms)).events]
        seen: list[int] = []
        token = ""
        while True:
            page = await page_of(raw, page_size=4, page_token=token, **terms)
            assert len(page.events) <= 4
            seen += [event.lsn for event in page.events]
            token = page.next_page_token
            if not token:
                break
        assert seen == whole


async def test_accounts_of_others_are_not_in_the_log(raw: RawClient, channel: grpc.aio.Channel) -> None:
    beta = RawClient(channel, "beta")
    await beta.submit(client_order_id="theirs", account="B1")
    await beta.submit(client_order_id="denied", account="B1", quantity="5000")
    await settled(beta, 1)
    await halt(beta, "account:B1")
    await halt(raw, "account:A2")
    found = await query(raw, {"page_size": 1000})
    assert "B1" not in "".join(str(event) for event in found)
    levels = [event.trading_state_changed.level for event in found if event.HasField("trading_state_changed")]
    assert levels == ["account:A2"]


async def test_kind_that_does_not_exist_is_refused_by_name(raw: RawClient) -> None:
    request = audit.QueryEventsRequest(filter=audit.EventFilter(kinds=["order_accepted", "nonsense"]))
    code, text = await raw.status(QUERY, request.SerializeToString())
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "kinds[1]" in text
    assert "nonsense" in text


async def test_watch_sends_what_was_and_what_comes(raw: RawClient) -> None:
    await raw.submit(client_order_id="one")
    request = audit.WatchEventsRequest(filter=audit.EventFilter(kinds=["order_accepted"]))
    call = raw.watch(WATCH, request.SerializeToString())
    await raw.submit(client_order_id="two")
    seen: list[str] = []
    lsns: list[int] = []
    async with asyncio.timeout(TIMEOUT_S):
        while len(seen) < 2:
            answer = audit.WatchEventsResponse.FromString(await call.read())
            seen += [event.order_accepted.client_order_id for event in answer.events]
            lsns += [event.lsn for event in answer.events]
            assert answer.resume_lsn >= max(lsns, default=0)
        while audit.WatchEventsResponse.FromString(await call.read()).events:  # then the heartbeats
            pass
    assert seen == ["one", "two"]
    call.cancel()


async def test_watch_of_another_journal_is_out_of_range(raw: RawClient) -> None:
    request = audit.WatchEventsRequest(after_lsn=10**9)
    code, _ = await end_of(raw.watch(WATCH, request.SerializeToString()))
    assert code is grpc.StatusCode.OUT_OF_RANGE
