"""An application message on its way out, and who asked."""

from dataclasses import dataclass

from sim.exchange import Report
from sim.session import Version
from sim.wire import Fields, Message

__all__ = ["Answer", "Asked", "Outgoing"]

# Owner, MsgType(35) and body of a message that still has to be numbered.
Outgoing = tuple[str, str, Fields]
# A report goes out like any other report of the exchange, drop copies included.
Answer = Outgoing | Report


@dataclass(frozen=True, slots=True)
class Asked:
    """A message to be answered, and what must be known to answer it."""

    owner: str
    version: Version
    message: Message
    now: int
