"""A rule: a condition and what to do when it holds."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.faults.acts import ORDER_ACTS, POINTS, Do
from sim.faults.when import Point, When

__all__ = ["Rule"]

# What a venue says and a client does not: a rule that waits for one of these means the message as it is sent.
_FROM_VENUE = frozenset({"8", "9", "j", "r", "AE", "AP", "AO", "W", "X", "Y", "B", "h", "f", "y"})


class Rule(BaseModel):
    """One entry of a scenario's `rules`, and what `ctl inject` takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = "rule"
    when: When
    do: Annotated[list[Do], Field(min_length=1)]
    must_fire: Annotated[bool, Field(description="the verdict fails if it never did")] = True

    @model_validator(mode="after")
    def _check_points(self) -> "Rule":
        point = self.point
        for do in self.do:
            allowed = POINTS.get(do.name)
            if allowed is not None and point not in allowed:
                places = ", ".join(sorted(p.value for p in allowed if p is not None))
                here = "a time" if point is None else f"at: {point.value}"
                raise ValueError(f"{do.name} cannot follow {here}; it goes with at: {places}")
            if do.act.after and do.name in ("drop", "duplicate", "delay", "reorder", "alter"):
                raise ValueError(f"{do.name} is about the message itself; leave after out, or use delay")
            if (
                do.disconnect is not None
                and do.disconnect.how == "mid_message"
                and point is not Point.SENDING
            ):
                raise ValueError("disconnect mid_message goes with at: sending")
            if do.alter is not None and point is Point.REPORTING:
                header = {8, 9, 10, 34, 35, 49, 52, 56} & {*do.alter.fields, *do.alter.remove}
                if header:
                    raise ValueError(f"field {min(header)} does not exist yet at: reporting; use at: sending")
        return self

    @property
    def point(self) -> Point | None:
        """Where the rule looks; None where it waits for a time."""
        if self.when.time is not None:
            return None
        if self.when.at is not None:
            return self.when.at
        if self.when.message and all(m in _FROM_VENUE for m in self.when.message):
            return Point.SENDING
        # A request is answered where the session delivers it, and its order acts belong there too.
        return Point.REQUEST if any(do.name in ORDER_ACTS for do in self.do) else Point.RECEIVED
