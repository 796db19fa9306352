"""What outlives a connection: the sequence numbers and sent messages of each counterparty."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sim.session.versions import Version
from sim.wire import Fields

__all__ = ["Counterparty", "Registry", "SentMessage"]


@dataclass(frozen=True, slots=True)
class SentMessage:
    """An application message as first sent. Administrative messages are never resent, so not kept."""

    msg_type: str
    sending_time: str
    body: Fields


@dataclass(slots=True)
class Counterparty:
    """One counterparty, known by the SenderCompID(49) that it logs on with."""

    comp_id: str
    own_comp_id: str = ""
    version: Version = Version.FIX44
    next_in: int = 1
    next_out: int = 1
    sent: dict[int, SentMessage] = field(default_factory=dict)
    connected: bool = False

    def reset(self) -> None:
        self.next_in = 1
        self.next_out = 1
        self.sent.clear()

    def store(self, msg_type: str, sending_time: str, body: Fields, keep: bool = True) -> int:
        """Take the next MsgSeqNum(34) for an application message, and with `keep` keep it for resends."""
        seq = self.next_out
        self.next_out += 1
        if keep:
            self.sent[seq] = SentMessage(msg_type, sending_time, body)
        return seq


class Registry:
    """All counterparties that have ever logged on."""

    def __init__(self) -> None:
        self._known: dict[str, Counterparty] = {}

    def __iter__(self) -> Iterator[Counterparty]:
        return iter(self._known.values())

    def get(self, comp_id: str) -> Counterparty | None:
        return self._known.get(comp_id)

    def open(self, comp_id: str) -> Counterparty:
        return self._known.setdefault(comp_id, Counterparty(comp_id))
