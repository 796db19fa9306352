"""Where a stream of events may begin, and of which journal it is."""

from gateway.api.call import Context
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem

__all__ = ["JOURNAL", "announce_journal", "check_journal", "check_kept", "start_of"]

JOURNAL = "journal"
"""The metadata that names the journal: a client sends nothing again to a gateway that keeps another one."""


async def announce_journal(core: Core, context: Context) -> None:
    """Begin a stream: name the journal at once, whatever comes later."""
    await context.send_initial_metadata(((JOURNAL, core.journal_id()),))


def start_of(core: Core, after_lsn: int, *, from_now: bool, journal: str) -> int:
    """Give the lsn after which events are to come. Raises ApiError where the journal does not hold what comes after.

    `journal` is the one that `after_lsn` is of; empty where the caller looks after that itself.
    """
    newest, oldest = core.committed_lsn(), core.oldest_lsn()
    if from_now:
        return newest
    check_journal(core, journal, after_lsn)
    if after_lsn == 0:
        return max(oldest - 1, 0)
    if after_lsn > newest:
        raise ApiError(
            Problem.RESUME_POINT_GONE,
            f"expected after_lsn of at most {newest}, the newest in this journal, "
            f"was {after_lsn}; "
            "it is of another journal, or the end of this one was lost: compare orders with ListOrders, "
            "then subscribe from_now",
            facts={"after_lsn": after_lsn, "oldest_lsn": oldest, "newest_lsn": newest},
        )
    check_kept(core, after_lsn)
    return after_lsn


def check_journal(core: Core, journal: str, after_lsn: int) -> None:
    """Raise ApiError where a resume point is of another journal than the gateway keeps."""
    kept = core.journal_id()
    if journal and journal != kept:
        raise ApiError(
            Problem.RESUME_POINT_GONE,
            f"expected after_lsn of journal {kept!r}, the one that this gateway keeps, was lsn {after_lsn} of "
            f"{journal[:64]!r}; compare orders with ListOrders, then subscribe from_now",
            field="journal",
            facts={"after_lsn": after_lsn, "journal": kept, "newest_lsn": core.committed_lsn()},
        )


def check_kept(core: Core, cursor: int) -> None:
    """Raise ApiError where what comes after an lsn is not kept any more."""
    oldest = core.oldest_lsn()
    if cursor + 1 < oldest:
        raise ApiError(
            Problem.RESUME_POINT_GONE,
            f"events after lsn {cursor} were asked for, the oldest that is kept is {oldest}; "
            "compare orders with ListOrders, then subscribe from_now or from 0",
            facts={"after_lsn": cursor, "oldest_lsn": oldest, "newest_lsn": core.committed_lsn()},
        )
