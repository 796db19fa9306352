"""What an act is about."""

from dataclasses import dataclass, field

from sim.wire import Message

__all__ = ["Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """The message that made a rule hold, or nothing but the rule's own `session` where a time did."""

    rule: str
    connection: int | None = None
    owner: str = ""
    """The client's CompID; empty stands for every client."""
    message: Message | None = None
    """The request, where there is one."""
    fields: dict[int, str] = field(default_factory=dict)
