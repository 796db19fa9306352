"""The condition of a rule: which message, which order, when, how often."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from sim.config.units import Duration
from sim.wire.msg_types import is_msg_type

__all__ = ["MESSAGE_NAMES", "Matcher", "MsgTypes", "Point", "Seen", "When"]

MESSAGE_NAMES = {
    "Heartbeat": "0",
    "TestRequest": "1",
    "ResendRequest": "2",
    "Reject": "3",
    "SequenceReset": "4",
    "Logout": "5",
    "ExecutionReport": "8",
    "OrderCancelReject": "9",
    "Logon": "A",
    "News": "B",
    "NewOrderSingle": "D",
    "OrderCancelRequest": "F",
    "OrderCancelReplaceRequest": "G",
    "OrderStatusRequest": "H",
    "DontKnowTrade": "Q",
    "OrderMassCancelRequest": "q",
    "OrderMassCancelReport": "r",
    "OrderMassStatusRequest": "AF",
    "TradeCaptureReportRequest": "AD",
    "TradeCaptureReport": "AE",
    "RequestForPositions": "AN",
    "PositionReport": "AP",
    "BusinessMessageReject": "j",
    "MarketDataRequest": "V",
}


class Point(StrEnum):
    """Where on its way a message is looked at."""

    RECEIVED = "received"
    """Whole and sound, as it came from the client; the session has not seen it."""
    REQUEST = "request"
    """An application message that the session delivered: in sequence, for the first time."""
    REPORTING = "reporting"
    """An application message for the client, before it gets its MsgSeqNum(34)."""
    SENDING = "sending"
    """Any message for the client, with header and trailer, before it is written."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message at a point of its way. `comp_id` is the client's, and empty before its Logon(A)."""

    at: Point
    connection: int
    comp_id: str
    msg_type: str
    fields: Mapping[int, str]


def _msg_types(value: object) -> object:
    names = value if isinstance(value, list | tuple) else [value]
    found = tuple(MESSAGE_NAMES.get(str(name), str(name)) for name in names)
    for msg_type in found:
        if not is_msg_type(msg_type):
            known = ", ".join(MESSAGE_NAMES)
            raise ValueError(f"no such message; write its MsgType(35), or one of {known}")
    return found


def _texts(value: object) -> object:
    return tuple(str(v) for v in value) if isinstance(value, list | tuple) else (str(value),)


MsgTypes = Annotated[
    tuple[str, ...],
    BeforeValidator(_msg_types),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
_SCALAR = {"type": ["string", "number"]}
Patterns = Annotated[
    tuple[str, ...],
    BeforeValidator(_texts),
    WithJsonSchema({"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]}),
]
Tag = Annotated[int, Field(ge=1, le=99_999_999)]
Probability = Annotated[
    Decimal, Field(ge=0, le=1), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]


class Matcher(BaseModel):
    """Which messages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Annotated[
        Point | None, Field(description="where on its way; chosen by message and acts if absent")
    ] = None
    message: Annotated[MsgTypes, Field(description="MsgType(35) or name, one or a list; any if absent")] = ()
    session: Annotated[str | None, Field(description="the client's CompID; * and ? match")] = None
    fields: Annotated[
        dict[Tag, Patterns],
        Field(description="tag: value, or a list of values; * and ? match; `present`, `absent`"),
    ] = {}

    def matches(self, seen: Seen) -> bool:
        if self.at is not None and seen.at is not self.at:
            return False
        if self.message and seen.msg_type not in self.message:
            return False
        if self.session is not None and not fnmatchcase(seen.comp_id, self.session):
            return False
        return all(_field_matches(seen.fields.get(tag), p) for tag, p in self.fields.items())


def _field_matches(value: str | None, patterns: tuple[str, ...]) -> bool:
    if value is None:
        return "absent" in patterns
    return any(p == "present" or fnmatchcase(value, p) for p in patterns)


class When(Matcher):
    """Which messages, and which of them: or a time, or a phase."""

    count: Annotated[int | None, Field(ge=1, description="only the n-th that matches")] = None
    first: Annotated[int, Field(ge=1, description="from the n-th that matches")] = 1
    every: Annotated[int, Field(ge=1, description="each n-th from there")] = 1
    times: Annotated[int | None, Field(ge=1, description="act at most so often")] = None
    probability: Annotated[Probability, Field(description="act with this probability")] = Decimal(1)
    time: Annotated[Duration | None, Field(description="no message: once, so long after the first Logon")] = (
        None
    )
    after: Annotated[Duration, Field(description="not before so long after the first Logon")] = 0
    until: Annotated[Duration | None, Field(description="not later than so long after it")] = None
    phase: Annotated[str | None, Field(description="only in this phase of trading; * and ? match")] = None

    @model_validator(mode="after")
    def _check(self) -> "When":
        if self.time is not None and (self.message or self.fields or self.at is not None):
            raise ValueError("time stands alone: give message, fields and at, or time")
        if self.time is None and not (self.message or self.fields or self.at is not None):
            raise ValueError("say what to wait for: message, fields, at, or time")
        if self.count is not None and (self.first != 1 or self.every != 1):
            raise ValueError("count stands for one message; leave first and every out")
        return self
