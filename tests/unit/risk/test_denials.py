"""Denials by limit: counted once each, bounded in what a scrape reads and in how many series there are."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.risk.limits import denials
from gateway.risk.limits.denials import DenialsCollector
from gateway.v1 import events_pb2, types_pb2
from tests.support.event_journal import Batch, EventJournal


class Core:
    """A journal of denials alone, as the view of these kinds would give them."""

    def __init__(self, journal: EventJournal) -> None:
        self._journal = journal
        self.asked: list[tuple[str, ...]] = []

    def committed_lsn(self) -> int:
        return self._journal.committed_lsn()

    def event_view(
        self, *, client: str, every_client: bool, accounts: Sequence[str], kinds: Sequence[int]
    ) -> Core:
        assert every_client
        self.asked.append(tuple(events_pb2.Event.DESCRIPTOR.fields_by_number[kind].name for kind in kinds))
        return self

    def after(self, lsn: int, max_bytes: int = 0) -> Batch:
        return self._journal.events(lsn, None, max_bytes)


def deny(journal: EventJournal, name: str, level: str = "firm", *, replace: bool = False) -> None:
    denial = types_pb2.Denial(code=types_pb2.DENIAL_CODE_MAX_POSITION, limit_name=name, level=level)
    if replace:
        journal.add(events_pb2.Event(request_denied=events_pb2.RequestDenied(replace=True, denial=denial)))
    else:
        journal.add(events_pb2.Event(order_denied=events_pb2.OrderDenied(denial=denial)))


def counts(collector: DenialsCollector) -> dict[tuple[str, str], float]:
    (metric,) = collector.collect()
    assert metric.name == "gateway_risk_denials"
    return {(each.labels["name"], each.labels["level"]): each.value for each in metric.samples}


def test_each_denial_counts_once_by_limit_and_level_from_the_start_on() -> None:
    journal = EventJournal()
    deny(journal, "before")
    core = Core(journal)
    collector = DenialsCollector(core, ["A1"])
    assert core.asked == [("order_denied", "request_denied")]
    assert counts(collector) == {}
    deny(journal, "q")
    deny(journal, "q", replace=True)
    deny(journal, "q", "account:A1")
    assert counts(collector) == {("q", "firm"): 2, ("q", "account:A1"): 1} == counts(collector)
    deny(journal, "q")
    assert counts(collector)["q", "firm"] == 3


def test_series_are_bounded_and_nothing_is_lost() -> None:
    journal = EventJournal()
    collector = DenialsCollector(Core(journal), [])
    for number in range(denials.SERIES_MAX + 7):
        deny(journal, f"limit-{number}")
    found = counts(collector)
    assert len(found) == denials.SERIES_MAX + 1
    assert found["other", "other"] == 7
    deny(journal, "limit-3")
    assert counts(collector)["limit-3", "firm"] == 2


def test_a_burst_is_read_over_several_scrapes() -> None:
    journal = EventJournal()
    collector = DenialsCollector(Core(journal), [])
    size = total = 0
    while size < 1.5 * denials.BATCHES_A_SCRAPE * denials.BATCH_BYTES:
        deny(journal, "x" * 40_000)
        total += 1
        size += 40_000
    (first,) = counts(collector).values()
    assert 0 < first < total
    (second,) = counts(collector).values()
    assert second == total
