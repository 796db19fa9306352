"""Where the simulator lets somebody stand between the sessions and the exchange."""

from typing import Protocol

from sim.services.outgoing import Answer
from sim.wire import Fields, Message

__all__ = ["Interceptor"]


class Interceptor(Protocol):
    """Asked in the course of `Simulator.received` and `tick`; must not call the simulator back meanwhile."""

    def request(self, owner: str, message: Message, now: int) -> list[Answer] | None:
        """Take an application message that was delivered in sequence; None leaves it to the exchange."""

    def report(self, owner: str, msg_type: str, body: Fields, now: int) -> list[tuple[str, Fields]]:
        """Give what is to be sent in place of an application message: nothing, itself, or more."""
