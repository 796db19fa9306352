"""The settings of what a venue publishes as its rules: ids, limits, what a lost connection means, numbering."""

import re
from datetime import time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from sim.config.calendar import Weekday, check_timezone
from sim.config.frozen import Frozen

__all__ = [
    "Batches",
    "CancelOnDisconnect",
    "ClOrdIdRules",
    "EventResend",
    "Fees",
    "IdFormats",
    "Numbering",
    "RateLimit",
    "VenueSettings",
]

_Milliseconds = Annotated[int, Field(ge=0, le=86_400_000)]
_MsgType = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,3}$")]
_Tag = Annotated[int, Field(ge=1, le=99_999)]
_Rate = Annotated[Decimal, Field(ge=-1000, le=1000)]


class ClOrdIdRules(Frozen):
    """What a ClOrdID(11) may look like, and how long it may not be used again."""

    pattern: str = ""
    length_max: Annotated[int, Field(ge=1, le=1000)] = 1000
    unique: Literal["forever", "day", "open"] = "forever"

    @field_validator("pattern")
    @classmethod
    def _check_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"must be a regular expression: {error}") from error
        return pattern


class IdFormats(Frozen):
    """How the venue names things: `{prefix}` is that of the run, `{n}` counts.

    With `restart: day` the counts of executions begin again with each trading day, so that an ExecID(17) is unique
    within a day only.
    """

    order: str = "{prefix}-O{n}"
    execution: str = "{prefix}-E{n}"
    trade: str = "{prefix}-T{n}"
    restart: Literal["never", "day"] = "never"

    @field_validator("order", "execution", "trade")
    @classmethod
    def _check_format(cls, text: str) -> str:
        try:
            differs = text.format(prefix="A", n=1) != text.format(prefix="A", n=2)
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError("may contain {prefix} and {n}, as in {prefix}-{n:06d}") from error
        if not differs:
            raise ValueError("must contain {n}")
        return text


class RateLimit(Frozen):
    """So many messages in each window, and what happens to the next one. Windows follow each other."""

    messages: Annotated[int, Field(ge=1)]
    window_ms: Annotated[int, Field(ge=1, le=86_400_000)]
    counts: Literal["all", "orders"] = "all"
    breach: Literal["reject", "logout", "disconnect"] = "reject"


class CancelOnDisconnect(Frozen):
    """Which orders end with the connection.

    `asked` means: where the Logon(A) has `logon_tag` with one of the values of `session` (orders entered since then)
    or `all`. A Logout(5) whose `logout_tag` has one of the values of `all` takes the wish back. `keeps` are values of
    TimeInForce(59). Between the loss of the connection and the cancels lie `delay_ms`, in which orders trade.
    """

    when: Literal["never", "asked", "always"] = "never"
    logon_tag: _Tag | None = None
    logout_tag: _Tag | None = None
    session: tuple[str, ...] = ()
    all: tuple[str, ...] = ("Y",)
    keeps: tuple[str, ...] = ()
    on_logout: bool = True
    delay_ms: _Milliseconds = 0

    @model_validator(mode="after")
    def _check_tag(self) -> "CancelOnDisconnect":
        if self.when == "asked" and self.logon_tag is None:
            raise ValueError("with `when: asked` a logon_tag is needed")
        return self


class Numbering(Frozen):
    """When both sequence numbers begin again at 1. With `at`, everybody is logged out then."""

    reset: Literal["never", "logon", "daily", "weekly"] = "never"
    logout: Literal["never", "daily", "weekly"] = "never"
    day: Weekday = Weekday.SUN
    at: time = time.min
    timezone: str = "UTC"

    _timezone = field_validator("timezone")(check_timezone)

    @model_validator(mode="after")
    def _check_logout(self) -> "Numbering":
        if self.reset in ("daily", "weekly") and self.logout != self.reset:
            raise ValueError(f"with `reset: {self.reset}` logout must be {self.reset} too")
        return self


class Batches(Frozen):
    """Messages with several orders or cancels, as groups that NoOrders(73) counts and ClOrdID(11) begins."""

    new: _MsgType
    cancel: _MsgType
    new_reject: _MsgType
    cancel_reject: _MsgType
    orders_max: Annotated[int, Field(ge=1, le=1000)]


class EventResend(Frozen):
    """Executions again by ExecID(17) instead of sequence number, as new messages."""

    request: _MsgType
    complete: _MsgType
    reject: _MsgType
    begin_tag: _Tag
    end_tag: _Tag
    lookback_s: Annotated[int, Field(ge=1, le=31_536_000)]


class Fees(Frozen):
    """What a fill costs; negative is a rebate. Basis points of the value, plus so much a share, at least so much."""

    maker_bps: _Rate = Decimal(0)
    taker_bps: _Rate = Decimal(0)
    maker_per_unit: _Rate = Decimal(0)
    taker_per_unit: _Rate = Decimal(0)
    minimum: Annotated[Decimal, Field(ge=0)] = Decimal(0)

    @property
    def any(self) -> bool:
        return any((self.maker_bps, self.taker_bps, self.maker_per_unit, self.taker_per_unit, self.minimum))


class VenueSettings(Frozen):
    """`source` names the documents that a profile follows, `assumed` what in it stands in none of them.

    Every `unknown_status_every`-th order request is answered with "execution status unknown" and is by turns
    executed or lost; 0 is never.
    """

    source: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    cl_ord_id: ClOrdIdRules = ClOrdIdRules()
    ids: IdFormats = IdFormats()
    limits: tuple[RateLimit, ...] = ()
    cancel_on_disconnect: CancelOnDisconnect = CancelOnDisconnect()
    numbering: Numbering = Numbering()
    unknown_status_every: Annotated[int, Field(ge=0)] = 0
    batches: Batches | None = None
    event_resend: EventResend | None = None
    fees: Fees = Fees()
