"""A venue's overlay changes what the running gateway takes: per session, from the file to the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.client import ExecutionReported, Side
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.scripted_venue import ScriptedVenue
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import Gateway, next_event, session_ready, stop_all

OVERLAY = """\
fields:
  - {tag: 9001, name: VenueRoute, type: STRING}
  - {tag: 9002, name: NoVenueFees, type: NUMINGROUP}
  - {tag: 9003, name: VenueFeeType, type: CHAR}
  - {tag: 9004, name: VenueFeeAmt, type: AMT}
  - {tag: 9005, name: VenueNoteLen, type: LENGTH}
  - {tag: 9006, name: VenueNote, type: DATA}
messages:
  ExecutionReport:
    add:
      - VenueRoute
      - {group: NoVenueFees, members: [VenueFeeType, {field: VenueFeeAmt, required: true}]}
      - VenueNoteLen
      - VenueNote
    required: [VenueRoute]
"""


@pytest.mark.parametrize("overlaid", [True, False])
async def test_required_field_and_group_of_the_venue_count_in_its_session(
    tmp_path: Path, overlaid: bool
) -> None:
    (tmp_path / "venue.yaml").write_text(OVERLAY)
    async with ScriptedVenue() as venue:
        keys = "    application_overlay: venue.yaml\n" if overlaid else ""
        gateway = Gateway(tmp_path, SessionTerms("SIM", venue.port, keys=keys))
        try:
            await gateway.start()
            async with gateway.client() as client, client.events() as events:
                await session_ready(client)
                await client.submit("AAPL", Side.BUY, 10, price="185.00")
                order = await venue.request("D")
                working = "151=10|14=0|6=0"
                if overlaid:
                    venue.send(venue.report(order, "N0", "0", "0", working))
                    await eventually(lambda: len(venue.rejects) == 1, "it misses VenueRoute")
                    assert (venue.rejects[0]["371"], venue.rejects[0]["373"]) == ("9001", "1")
                    fees = "9001=A|9002=2|9003=X|9004=0.5|9003=Y"
                    venue.send(venue.report(order, "N0", "0", "0", f"{working}|{fees}"))
                    await eventually(lambda: len(venue.rejects) == 2, "the second fee misses its amount")
                    assert (venue.rejects[1]["371"], venue.rejects[1]["373"]) == ("9004", "1")
                    working += "|9001=A|9002=2|9003=X|9004=0.5|9003=Y|9004=1"
                    working += "|9005=8|9006=a|9007=b"  # what lies in the raw data is no field
                venue.send(venue.report(order, "N1", "0", "0", working))
                report = await next_event(events, ExecutionReported)
                assert report.exec_id == "N1"
                assert len(venue.rejects) == (2 if overlaid else 0)
        finally:
            await stop_all(gateway)
