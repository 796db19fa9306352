"""What a market does at a time of the day."""

from enum import StrEnum

__all__ = ["Phase"]


class Phase(StrEnum):
    PRE_OPEN = "pre_open"
    """Orders are taken for the opening auction; nothing trades."""
    OPENING_AUCTION = "opening_auction"
    """As before, with an indicative price. It ends in an auction when the next phase begins."""
    CONTINUOUS = "continuous"
    HALT = "halt"
    """Trading is stopped for volatility or by hand; orders are taken, and an auction ends it."""
    CLOSING_AUCTION = "closing_auction"
    CLOSED = "closed"
    """No new orders; what is good for the day has expired. Cancels are taken."""

    @property
    def is_call(self) -> bool:
        """Orders gather without trading."""
        return self not in (Phase.CONTINUOUS, Phase.CLOSED)
