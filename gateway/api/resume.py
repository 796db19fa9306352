"""Where a stream of events may begin."""

from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem

__all__ = ["check_kept", "start_of"]


def start_of(core: Core, after_lsn: int, *, from_now: bool) -> int:
    """Give the lsn after which events are to come. Raises ApiError where the journal does not hold what comes after."""
    newest, oldest = core.committed_lsn(), core.oldest_lsn()
    if from_now:
        return newest
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
