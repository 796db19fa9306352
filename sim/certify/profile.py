"""What the kit has to know of a counterparty."""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.config import ConfigError
from sim.config.document import parse_document
from sim.config.load import read_text
from sim.config.units import Duration
from sim.faults.when import Tag
from sim.wire import SECOND

__all__ = ["OrderTerms", "Profile", "load_profile"]

_SP2 = "9"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OrderTerms(_Frozen):
    """An order that the counterparty accepts and that does not trade at once."""

    symbol: str = "AAPL"
    side: Literal["1", "2"] = "1"
    quantity: Annotated[int, Field(ge=2)] = 100
    price: str = "185.00"
    fields: Annotated[
        dict[Tag, str], Field(description="further fields of every order, such as 1: ACCOUNT")
    ] = {}


class Profile(_Frozen):
    """A counterparty: what it is, how to log on, what to leave out, and where it is known to differ."""

    name: str
    counterparty: Annotated[
        Literal["venue", "client"], Field(description="venue: it answers orders; client: it sends them")
    ] = "venue"
    begin_string: Literal["FIX.4.2", "FIX.4.4", "FIXT.1.1"] = "FIX.4.4"
    appl_ver_id: Annotated[
        str | None,
        Field(
            description="DefaultApplVerID(1137) with FIXT.1.1: 9, FIX 5.0 SP2, if absent", pattern="^[7-9]$"
        ),
    ] = None
    sender_comp_id: Annotated[str, Field(description="the kit's own")] = "CERT"
    target_comp_id: Annotated[str, Field(description="the counterparty's")] = "VENUE"
    heartbeat_s: Annotated[int, Field(ge=1, le=3600)] = 30
    logon: Annotated[
        dict[Tag, str], Field(description="further fields of the Logon(A); env:NAME reads the environment")
    ] = {}
    reset: Annotated[bool, Field(description="ResetSeqNumFlag(141)=Y at each logon; only as initiator")] = (
        True
    )
    timeout: Annotated[Duration, Field(gt=0, description="for any answer")] = 5 * SECOND
    connect_within: Annotated[Duration, Field(gt=0, description="for the counterparty to (re)connect")] = (
        60 * SECOND
    )
    order_within: Annotated[Duration, Field(gt=0, description="for a client to send an order")] = 120 * SECOND
    order: OrderTerms = OrderTerms()
    only: Annotated[list[str], Field(description="cases to play, by id; all if absent")] = []
    skip: Annotated[dict[str, str], Field(description="case: why it is left out")] = {}
    differences: Annotated[
        dict[str, str], Field(description="case: how this counterparty is known to differ from the standard")
    ] = {}

    @model_validator(mode="after")
    def _check_versions(self) -> Self:
        if self.appl_ver_id is not None and self.begin_string != "FIXT.1.1":
            raise ValueError("appl_ver_id belongs to begin_string: FIXT.1.1; leave it out")
        return self

    @property
    def default_appl_ver_id(self) -> str | None:
        """DefaultApplVerID(1137) of the Logon(A); None before FIX 5.0."""
        return (self.appl_ver_id or _SP2) if self.begin_string == "FIXT.1.1" else None

    @property
    def version(self) -> str:
        """The version in words."""
        names = {"7": "FIX 5.0", "8": "FIX 5.0 SP1", "9": "FIX 5.0 SP2"}
        chosen = self.default_appl_ver_id
        return self.begin_string if chosen is None else f"{names[chosen]} over {self.begin_string}"

    @property
    def timeout_s(self) -> float:
        return self.timeout / SECOND

    def logon_fields(self) -> list[tuple[int, str]]:
        """Give the further fields of the Logon(A), with secrets from the environment."""
        return [(tag, _value(text)) for tag, text in self.logon.items()]


def load_profile(path: Path) -> Profile:
    """Read a profile. Raises ConfigError: line, key and what is allowed."""
    return parse_document(read_text(path), str(path), Profile)


def _value(text: str) -> str:
    if not text.startswith("env:"):
        return text
    found = os.environ.get(text.removeprefix("env:"))
    if found is None:
        raise ConfigError(f"logon: the environment has no {text.removeprefix('env:')}; set it before the run")
    return found
