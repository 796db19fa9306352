"""What a rule does: one model for each act, and which acts go where."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from sim.config.units import Duration
from sim.faults.when import Point, Tag

__all__ = ["ORDER_ACTS", "POINTS", "Act", "Do"]

_DECIMAL = WithJsonSchema({"type": ["string", "number"]})
_Positive = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=8), _DECIMAL]
_Text = Annotated[str, BeforeValidator(str), WithJsonSchema({"type": ["string", "number"]})]
_Which = Annotated[
    _Text,
    Field(description="last, first, all, or a number counted from 1", pattern=r"^(last|first|all|\d{1,6})$"),
]


class Act(BaseModel):
    """What all acts have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: Annotated[Duration, Field(ge=0, description="so long after the rule's condition held")] = 0

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, value: Any) -> Any:
        return {} if value in ("", None) else value


class OnOrder(Act):
    """An act on an order: of the message that the rule waited for, or another one."""

    order: Annotated[
        str, Field(description="`trigger`, `last`, `first`, `open` (each open one), or a ClOrdID(11)")
    ] = "trigger"


class Accept(Act):
    """Acknowledge. The order is then worked by script: it meets nobody in the book."""


class Process(Act):
    """Let the exchange do what it would have done."""


class Hold(Act):
    """Have it and say nothing; with `time`, only for so long, and then process it."""

    time: Annotated[Duration | None, Field(alias="for", gt=0)] = None


class Reject(Act):
    """Refuse the request, with any code, in any of the ways that FIX has."""

    code: Annotated[int, Field(ge=0, le=9999)] = 99
    text: _Text = "rejected by script"
    message: Annotated[
        Literal["report", "cancel_reject", "business", "session"] | None,
        Field(description="8, 9, j or 3; the request's own if absent"),
    ] = None
    tag: Annotated[Tag | None, Field(description="RefTagID(371) of a session reject")] = None


class Fill(OnOrder):
    """Trade, whatever the book holds. Ended orders fill too: a trade that was under way."""

    quantity: Annotated[
        _Text,
        Field(
            description="a number, `50%` of OrderQty, or all that is left",
            pattern=r"^(all|\d{1,3}%|\d{1,12}(\.\d{1,8})?)$",
        ),
    ] = "all"
    price: Annotated[_Positive | None, Field(description="the order's own if absent")] = None


class Bust(OnOrder):
    """Take a trade back."""

    fill: _Which = "last"


class Correct(OnOrder):
    """Change a trade's quantity or price."""

    fill: _Which = "last"
    quantity: _Positive | None = None
    price: _Positive | None = None


class Restate(OnOrder):
    """Change the order's terms without being asked (150=D)."""

    quantity: _Positive | None = None
    price: _Positive | None = None
    reason: Annotated[int, Field(ge=0, le=99, description="ExecRestatementReason(378)")] = 8


class Cancel(OnOrder):
    """End the order without being asked."""

    status: Literal["canceled", "expired", "done_for_day"] = "canceled"
    text: _Text = "canceled by the venue"
    tell: Annotated[bool, Field(description="no: the client hears nothing")] = True


class Report(OnOrder):
    """Say something of the order that changes nothing at the venue: fields over those of a status report."""

    fields: Annotated[dict[Tag, _Text], Field(alias="set")] = {}
    remove: list[Tag] = []


class Drop(Act):
    """The message is gone."""


class Duplicate(Act):
    """The message comes more than once."""

    times: Annotated[int, Field(ge=1, le=1000, description="further copies")] = 1


class Delay(Act):
    """The message and what follows it come later."""

    by: Annotated[Duration, Field(gt=0)]


class Reorder(Act):
    """The message comes behind others that follow it."""

    behind: Annotated[int, Field(ge=1, le=1000)] = 1
    at_most: Annotated[Duration, Field(gt=0, description="wait no longer for them")] = 1_000_000_000


class Alter(Act):
    """Change fields. BodyLength(9) and CheckSum(10) are made to fit unless they are set themselves."""

    fields: Annotated[
        dict[Tag, _Text],
        Field(alias="set", description="tag: value; {11}, {34+5}, {now}, {now-300} are filled in"),
    ] = {}
    remove: list[Tag] = []


class Send(Act):
    """Send something of one's own: a message with a proper header, or bytes as they are."""

    message: Annotated[str | None, Field(description="35=8|37=x|...: header and trailer are added")] = None
    raw: Annotated[str | None, Field(description="exactly this, with | for SOH")] = None
    hex: Annotated[str | None, Field(pattern=r"^([0-9a-fA-F]{2} ?)+$")] = None
    times: Annotated[int, Field(ge=1, le=100_000)] = 1

    @model_validator(mode="after")
    def _one(self) -> "Send":
        if sum(part is not None for part in (self.message, self.raw, self.hex)) != 1:
            raise ValueError("give one of message, raw, hex")
        if self.message is not None and not self.message.startswith("35="):
            raise ValueError("message starts with 35=")
        return self


class Disconnect(Act):
    """Cut the connection."""

    how: Annotated[
        Literal["now", "after_receipt", "after_answer", "mid_message"],
        Field(
            description="now: the message is lost; after_receipt: processed, nothing is sent; after_answer:"
            " answered; mid_message: half of its bytes are sent"
        ),
    ] = "now"


class HalfOpen(Act):
    """Be gone without a word: nothing is read or sent any more, and the connection stays."""


class StopReading(Act):
    """Read nothing, for a time or for good; sending goes on."""

    time: Annotated[Duration | None, Field(alias="for", gt=0)] = None


class SkewClock(Act):
    """Let SendingTime(52), OrigSendingTime(122) and TransactTime(60) of all that is sent be wrong by so much."""

    by: Duration


class JumpSequence(Act):
    """Change the session's numbers: the next to be sent, or the next that is expected."""

    out: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0
    expected: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0


class GapFill(Act):
    """Forget what was sent, so that a ResendRequest(2) for it is answered with a gap fill."""

    message: Annotated[list[str], Field(description="MsgTypes; all if absent")] = []


class Logout(Act):
    """Log the client out."""

    text: _Text = "logged out by script"


class Halt(Act):
    """Halt trading: new orders and replaces are rejected, cancels pass."""

    text: _Text = "trading is halted"


class Resume(Act):
    """End what `halt`, `stop_reading` and `skew_clock` began."""

    what: list[Literal["trading", "reading", "clock"]] = ["trading", "reading", "clock"]


class Restart(Act):
    """Drop every connection and come back, with or without memory."""

    down: Annotated[Duration, Field(alias="for", ge=0, description="refuse connections so long")] = 0
    forget: Annotated[
        list[Literal["sessions", "orders"]],
        Field(description="sessions: numbers from 1; orders: nothing is open"),
    ] = []


def _schema(schema: dict[str, Any]) -> None:
    """Let an act without settings be written as its name alone."""
    mapping = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"type": "string", "enum": sorted(mapping["properties"])}, mapping]


class Do(BaseModel):
    """One act: its name, and its settings under it."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_schema)

    accept: Accept | None = None
    process: Process | None = None
    reject: Reject | None = None
    hold: Hold | None = None
    fill: Fill | None = None
    bust: Bust | None = None
    correct: Correct | None = None
    restate: Restate | None = None
    cancel: Cancel | None = None
    report: Report | None = None
    drop: Drop | None = None
    duplicate: Duplicate | None = None
    delay: Delay | None = None
    reorder: Reorder | None = None
    alter: Alter | None = None
    send: Send | None = None
    disconnect: Disconnect | None = None
    half_open: HalfOpen | None = None
    stop_reading: StopReading | None = None
    skew_clock: SkewClock | None = None
    jump_sequence: JumpSequence | None = None
    gap_fill: GapFill | None = None
    logout: Logout | None = None
    halt: Halt | None = None
    resume: Resume | None = None
    restart: Restart | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {value: ""} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> "Do":
        given = self.model_fields_set
        if len(given) != 1:
            raise ValueError(
                f"each entry is one act, here are {len(given)}: {', '.join(sorted(given)) or 'none'}"
            )
        return self

    @property
    def name(self) -> str:
        return next(iter(self.model_fields_set))

    @property
    def act(self) -> Act:
        act: Act = getattr(self, self.name)
        return act


ORDER_ACTS = frozenset(
    {"accept", "process", "reject", "hold", "fill", "bust", "correct", "restate", "cancel", "report"}
)
_ANSWERS = frozenset({"accept", "process", "reject", "hold"})
_ON_MESSAGE = frozenset({"drop", "duplicate", "delay", "reorder", "alter"})
_WIRE = frozenset({Point.RECEIVED, Point.REPORTING, Point.SENDING})

# Where an act makes sense; None stands for a rule that waits for a time. What is not listed goes everywhere.
POINTS: dict[str, frozenset[Point | None]] = {
    **{name: frozenset({Point.REQUEST}) for name in _ANSWERS},
    **{name: frozenset(_WIRE) for name in _ON_MESSAGE},
}
