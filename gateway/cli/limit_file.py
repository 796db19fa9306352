"""Files of limits: `limits:` with entries as of `risk.limits` in the configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.config import ConfigError
from gateway.config.document import Document, parse_document
from gateway.config.risk_limits import RiskLimitSettings
from gateway.risk.limits.file import limit_message
from gateway.v1 import risk_pb2

__all__ = ["LimitFile", "read_limit_file"]

_PLACE = re.compile(r"(?:limits\[(\d+)\] )?'([^']*)': (?:(\w+): )?")


@dataclass(frozen=True)
class LimitFile:
    """The limits of a file, and where each stands in it."""

    limits: list[risk_pb2.Limit]
    document: Document

    def located(self, fault: str) -> str:
        """Say with line and column what is said of `limits[2] 'name': field: ...`, or of `'name': field: ...`."""
        found = _PLACE.match(fault)
        if found is None:
            return fault
        names = [limit.name for limit in self.limits]
        if found[1] is None and found[2] not in names:
            return fault
        index = int(found[1]) if found[1] else names.index(found[2])
        field = found[3]
        return str(self.document.problem_at(("limits", index, *((field,) if field else ())), fault))


def read_limit_file(path: Path) -> LimitFile:
    """Read a file of limits, or end the command with every fault."""
    try:
        document = parse_document(path.read_text(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailure(f"{path}: cannot be read: {error}", ExitCode.USAGE) from error
    except (ConfigError, yaml.YAMLError) as error:
        raise CommandFailure(str(error), ExitCode.USAGE) from error
    faults = [str(problem) for problem in document.problems]
    try:
        entries = TypeAdapter(tuple[RiskLimitSettings, ...]).validate_python(document.root.get("limits", ()))
    except ValidationError as error:
        faults += [
            str(document.problem_at(("limits", *fault["loc"]), fault["msg"])) for fault in error.errors()
        ]
        entries = ()
    if not faults and not entries:
        faults.append(f"{path}: holds no limits; write `limits:` and entries as of `risk.limits`")
    if faults:
        raise CommandFailure("\n".join(faults), ExitCode.USAGE)
    return LimitFile([limit_message(entry) for entry in entries], document)
