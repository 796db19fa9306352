"""What a scenario file holds."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.config.units import Duration
from sim.faults.rule import Rule
from sim.faults.when import Matcher

__all__ = ["Expect", "Rules", "Scenario"]


class Expect(BaseModel):
    """One step of a test: something that must, or must not, be seen in time.

    The time counts from the end of the step before; of the first step, from the first Logon(A).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    see: Annotated[Matcher | None, Field(description="a message; at: received if not said otherwise")] = None
    never: Annotated[Matcher | None, Field(description="a message that must not come in this time")] = None
    rule: Annotated[str | None, Field(description="this rule has fired")] = None
    times: Annotated[int, Field(ge=1, description="so often")] = 1
    within: Annotated[Duration, Field(gt=0)]

    @model_validator(mode="after")
    def _one(self) -> "Expect":
        if sum(part is not None for part in (self.see, self.never, self.rule)) != 1:
            raise ValueError("give one of see, never, rule")
        return self

    @property
    def text(self) -> str:
        """Say it in words."""
        within = f"within {self.within / 1e9:g} s"
        often = f" {self.times} times" if self.times > 1 else ""
        if self.rule is not None:
            return f"rule {self.rule} fires{often} {within}"
        matcher = self.see or self.never
        assert matcher is not None
        what = " or ".join(matcher.message) or "a message"
        fields = ", ".join(f"{tag}={'/'.join(p)}" for tag, p in matcher.fields.items())
        about = f"{what} with {fields}" if fields else what
        return f"{about}{often} {within}" if self.see is not None else f"no {about} {within}"


class Rules(BaseModel):
    """A list of rules alone, as `ctl inject` takes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: Annotated[list[Rule], Field(min_length=1)]


class Scenario(BaseModel):
    """A script for the venue, and a test of the client where it has `expect`."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Scenario of the exchange simulator")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    purpose: Annotated[str, Field(min_length=1, description="what it shows, in a sentence")]
    client: Annotated[str, Field(description="what the client has to do, and what is right of it")] = ""
    rules: Annotated[list[Rule], Field(min_length=1)]
    expect: list[Expect] = []

    @model_validator(mode="after")
    def _check_names(self) -> "Scenario":
        names = [rule.name for rule in self.rules]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two rules are named {twice}; every rule of a scenario needs its own name")
        unknown = next((e.rule for e in self.expect if e.rule is not None and e.rule not in names), None)
        if unknown is not None:
            raise ValueError(f"expect: no rule is named {unknown}; there are {', '.join(names)}")
        return self
