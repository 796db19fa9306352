"""Play the cases one after the other, each on a connection of its own."""

import time
from collections.abc import Callable

from sim.certify.case import Case, Outcome, Result
from sim.certify.client_cases import CLIENT_CASES
from sim.certify.connector import Connector, Unmet
from sim.certify.link_cases import LINK_CASES
from sim.certify.message_cases import MESSAGE_CASES
from sim.certify.peer import Peer
from sim.certify.profile import Profile
from sim.certify.sequence_cases import SEQUENCE_CASES
from sim.certify.venue_cases import VENUE_CASES
from sim.config import ConfigError

__all__ = ["ALL_CASES", "certify", "check_names"]

_SESSION_CASES = sorted((*LINK_CASES, *SEQUENCE_CASES, *MESSAGE_CASES), key=lambda case: case.id)
ALL_CASES: tuple[Case, ...] = (*_SESSION_CASES, *VENUE_CASES, *CLIENT_CASES)


def check_names(profile: Profile) -> None:
    """See that a profile speaks of cases that exist. Raises ConfigError."""
    known = {case.id for case in ALL_CASES}
    for key, names in (("only", profile.only), ("skip", profile.skip), ("differences", profile.differences)):
        unknown = next((name for name in names if name not in known), None)
        if unknown is not None:
            raise ConfigError(f"{key}: there is no case {unknown}; `python -m sim certify --list` shows all")


async def certify(
    profile: Profile, connector: Connector, progress: Callable[[Result | Case], None] = lambda _: None
) -> list[Result]:
    """Play every case that fits; `progress` is told of each before and after."""
    peer = Peer(profile, connector)
    results = []
    for case in ALL_CASES:
        why_not = case.why_not(profile, connector.initiator)
        if why_not is not None:
            result = Result(case, Outcome.SKIPPED, why_not)
        else:
            progress(case)
            result = await _play(peer, case)
        progress(result)
        results.append(result)
    return results


async def _play(peer: Peer, case: Case) -> Result:
    began = time.monotonic()
    peer.begin()
    outcome, reason = Outcome.PASSED, ""
    try:
        await case.play(peer)
    except Unmet as error:
        outcome, reason = Outcome.FAILED, str(error)
        peer.note(f"failed: {reason}")
        known = peer.profile.differences.get(case.id)
        if known is not None:
            outcome, reason = Outcome.DIFFERS, f"{known} ({reason})"
    await peer.end(outcome is not Outcome.PASSED)
    return Result(case, outcome, reason, time.monotonic() - began, peer.trace.lines)
