"""How single values are written in the configuration: text in, checked value out.

Each kind says what it expects in words, so that every refusal reads the same: what was expected, what was
found, what to do. They are used as `Annotated[timedelta, Duration("1s", "1h")]`.
"""

from __future__ import annotations

import ipaddress
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SecretStr
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

__all__ = [
    "Address",
    "Bind",
    "Context",
    "DecimalNumber",
    "Duration",
    "FilePath",
    "Flag",
    "Integer",
    "Name",
    "Scalar",
    "Size",
    "Text",
    "refusal",
]

DECIMAL_PLACES_MAX = 8
DECIMAL_MAX = Decimal("92233720368")
"""What the core's 64-bit mantissa of scale 1e-8 holds."""


@dataclass(frozen=True)
class Context:
    """What the values of one file are read against; passed as pydantic's validation context."""

    directory: Path = field(default_factory=Path)
    """Relative paths start here: the folder of the file."""
    environ: Mapping[str, str] = field(default_factory=dict)
    resolve_secrets: bool = True


def refusal(message: str) -> PydanticCustomError:
    """Make the error that ends up, unchanged, behind the file and the line."""
    return PydanticCustomError("refused", "{message}", {"message": message})


class Scalar(ABC):
    """One kind of value."""

    @property
    @abstractmethod
    def expected(self) -> str:
        """What is allowed, as the object of `expected ...`."""

    @abstractmethod
    def read(self, text: str, context: Context) -> Any:
        """Give the value; raises ValueError where it is not allowed (its text is added to the message)."""

    @abstractmethod
    def json_schema(self) -> JsonSchemaValue:
        """Describe what an editor should accept."""

    def write(self, value: Any) -> str:
        """Write a value as the file would have it."""
        return str(value)

    def shown(self, text: str) -> str:
        """Quote what was found."""
        return repr(text if len(text) <= 60 else text[:57] + "...")

    def _validate(self, value: Any, info: core_schema.ValidationInfo) -> Any:
        context = info.context if isinstance(info.context, Context) else Context()
        if isinstance(value, SecretStr):
            return value
        if isinstance(value, dict | list):
            found = "keys and values" if isinstance(value, dict) else "a list"
            raise refusal(f"expected {self.expected}, found {found}")
        text = value if isinstance(value, str) else self.write(value)
        try:
            return self.read(text, context)
        except ValueError as error:
            hint = f"; {error}" if str(error) else ""
            raise refusal(f"expected {self.expected}, was {self.shown(text)}{hint}") from error

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            self._validate, serialization=core_schema.plain_serializer_function_ser_schema(self.write)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return self.json_schema()


@dataclass(frozen=True)
class Text(Scalar):
    """Text of some shape. `what` names it: `a CompID`."""

    what: str
    pattern: str
    allowed: str
    """The pattern in words."""

    @property
    def expected(self) -> str:
        return f"{self.what} ({self.allowed})"

    def read(self, text: str, context: Context) -> str:
        if not re.fullmatch(self.pattern, text):
            raise ValueError
        return text

    def json_schema(self) -> JsonSchemaValue:
        return {"type": ["string", "number"], "pattern": f"^{self.pattern}$"}


class Name(Text):
    """The name of a thing in this file, by which other parts of it and the API speak of it."""

    def __init__(self, what: str) -> None:
        super().__init__(what, r"[A-Za-z0-9][A-Za-z0-9._/-]{0,31}", "1 to 32 letters, digits or . _ / -")


@dataclass(frozen=True)
class Flag(Scalar):
    """true or false."""

    @property
    def expected(self) -> str:
        return "true or false"

    def read(self, text: str, context: Context) -> bool:
        words = {"true": True, "false": False}
        if text.lower() not in words:
            raise ValueError
        return words[text.lower()]

    def write(self, value: Any) -> str:
        return "true" if value else "false"

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Integer(Scalar):
    """A whole number in a range."""

    low: int
    high: int

    @property
    def expected(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def read(self, text: str, context: Context) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise ValueError
        value = int(text)
        if not self.low <= value <= self.high:
            raise ValueError
        return value

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class DecimalNumber(Scalar):
    """A decimal that the core can hold exactly."""

    zero_allowed: bool = False
    high: Decimal = DECIMAL_MAX

    @property
    def expected(self) -> str:
        low = "of zero or more" if self.zero_allowed else "above zero"
        return f"a decimal {low}, at most {self.high:f}, with up to {DECIMAL_PLACES_MAX} places"

    def read(self, text: str, context: Context) -> Decimal:
        if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text):
            raise ValueError("write it in digits, such as 0.01")
        try:
            value = Decimal(text)
        except InvalidOperation as error:
            raise ValueError("write it in digits, such as 0.01") from error
        if value < 0 or (value == 0 and not self.zero_allowed) or value > self.high:
            raise ValueError
        exponent = value.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > DECIMAL_PLACES_MAX:
            raise ValueError
        return value

    def write(self, value: Any) -> str:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)

    def json_schema(self) -> JsonSchemaValue:
        pattern = r"^\+?[0-9]+(\.[0-9]{1,8})?$"
        number = {"type": "number", "minimum" if self.zero_allowed else "exclusiveMinimum": 0}
        return {"anyOf": [number, {"type": "string", "pattern": pattern}]}


_DURATION_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}


@dataclass(frozen=True)
class Duration(Scalar):
    """A length of time with its unit."""

    low: str
    high: str
    multiple: str = "1ms"

    @property
    def expected(self) -> str:
        of = "" if self.multiple == "1ms" else f", a multiple of {self.multiple}"
        return f"a duration from {self.low} to {self.high}{of}"

    def read(self, text: str, context: Context) -> timedelta:
        value = _duration(text)
        if not _duration(self.low) <= value <= _duration(self.high) or value % _duration(self.multiple):
            raise ValueError
        return value

    def write(self, value: Any) -> str:
        ms = value // timedelta(milliseconds=1) if isinstance(value, timedelta) else value
        for unit in ("h", "m", "s"):
            if ms and ms % _DURATION_UNITS_MS[unit] == 0:
                return f"{ms // _DURATION_UNITS_MS[unit]}{unit}"
        return f"{ms}ms"

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^[0-9]+ ?(ms|s|m|h)$"}


def _duration(text: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,12}) ?(ms|s|m|h)", text)
    if match is None:
        raise ValueError("write a whole number and its unit, one of ms, s, m, h: 30s")
    return timedelta(milliseconds=int(match[1]) * _DURATION_UNITS_MS[match[2]])


_SIZE_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


@dataclass(frozen=True)
class Size(Scalar):
    """A number of bytes with its unit."""

    low: str
    high: str
    multiple: str = "1B"

    @property
    def expected(self) -> str:
        of = "" if self.multiple == "1B" else f", a multiple of {self.multiple}"
        return f"a size from {self.low} to {self.high}{of}"

    def read(self, text: str, context: Context) -> int:
        value = _size(text)
        if not _size(self.low) <= value <= _size(self.high) or value % _size(self.multiple):
            raise ValueError
        return value

    def write(self, value: Any) -> str:
        for unit in ("GiB", "MiB", "KiB"):
            if value and value % _SIZE_UNITS[unit] == 0:
                return f"{value // _SIZE_UNITS[unit]}{unit}"
        return f"{value}B"

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^[0-9]+ ?(B|KiB|MiB|GiB)$"}


def _size(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,15}) ?(B|KiB|MiB|GiB)", text)
    if match is None:
        raise ValueError("write a whole number and its unit, one of B, KiB, MiB, GiB: 64MiB")
    return int(match[1]) * _SIZE_UNITS[match[2]]


@dataclass(frozen=True)
class Address:
    """A host and a port to listen on."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Bind(Scalar):
    """An address to listen on."""

    @property
    def expected(self) -> str:
        return "an address and port such as 127.0.0.1:7010 (port 0: any free one)"

    def read(self, text: str, context: Context) -> Address:
        match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})", text)
        if match is None or int(match[3]) > 65_535:
            raise ValueError
        if match[1] is not None:
            ipaddress.IPv6Address(match[1])
        return Address(match[1] or match[2], int(match[3]))

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$"}


@dataclass(frozen=True)
class FilePath(Scalar):
    """A path; relative ones start at the folder of the configuration file."""

    must_exist: bool = False

    @property
    def expected(self) -> str:
        return "the path of an existing file" if self.must_exist else "a path"

    def read(self, text: str, context: Context) -> Path:
        if not text or "\0" in text:
            raise ValueError
        path = context.directory / Path(text).expanduser()
        if self.must_exist and not path.is_file():
            raise ValueError(f"there is no file {path}")
        return path

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "minLength": 1}
