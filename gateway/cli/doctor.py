"""`gateway doctor`: looks at the machine, the configuration and what the gateway keeps, and says what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gateway.cli import doctor_gateway as parts
from gateway.cli.doctor_disk import disk_findings
from gateway.cli.doctor_finding import Finding, Severity, worst
from gateway.cli.doctor_machine import (
    OPEN_FILES_MIN,
    clock_findings,
    kernel_findings,
    read_clock,
    read_limits,
)
from gateway.cli.failure import ExitCode
from gateway.cli.options import DEFAULT_CONFIG, Config, Json
from gateway.cli.output import PIPE_WIDTH, print_json
from gateway.config import ConfigError, Settings, load_settings
from gateway.config.open_files import open_files

__all__ = ["findings", "register"]

_EPILOG = """\
Exit codes: 0 nothing worse than a note, 7 warnings, 8 errors.

Examples:

gateway doctor -c my-gateway/gateway.yaml

gateway doctor --json | jq '.findings[] | select(.severity == "error")'
"""

_CODES = {Severity.WARNING: ExitCode.WARNINGS, Severity.ERROR: ExitCode.ERRORS}
_STYLES = {
    Severity.OK: "green",
    Severity.NOTE: "cyan",
    Severity.WARNING: "bold yellow",
    Severity.ERROR: "bold red",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor", epilog=_EPILOG)(_doctor)


def _doctor(
    config: Config = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Read the whole journal, however large it is.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Leave out what is well.")] = False,
    root: Annotated[Path, typer.Option("--root", hidden=True, help="Where /proc and /sys are.")] = Path("/"),
    as_json: Json = False,
) -> None:
    """Check disk, clock, kernel, ports, certificates, configuration, journal and database; say what to do.

    Changes nothing but a file of 4 KiB beside the journal, which it writes to time the disk and removes. May run
    beside a running gateway.
    """
    found = list(findings(config or DEFAULT_CONFIG, root, whole=whole))
    level = worst(found)
    if as_json:
        print_json(
            {
                "severity": level.name.lower(),
                "findings": [
                    {
                        "area": one.area,
                        "subject": one.subject,
                        "severity": one.severity.name.lower(),
                        "found": one.found,
                        "advice": one.advice,
                    }
                    for one in found
                ],
            }
        )
    else:
        _show(found, quiet)
    raise typer.Exit(_CODES.get(level, ExitCode.OK))


def findings(config: Path, root: Path, *, whole: bool = False) -> Iterator[Finding]:
    """Look at everything. Without a configuration that can be read, at the machine alone."""
    settings, faults = _configuration(config)
    yield from faults
    if settings is not None:
        pid = parts.running_pid(settings)
        if pid:
            yield Finding("gateway", "process", Severity.OK, f"runs (pid {pid})")
        yield from parts.port_findings(settings, pid)
        yield from parts.certificate_findings(settings, parts.utc_now())
        yield from parts.journal_findings(settings, whole=whole)
        yield from parts.database_findings(settings)
        yield from disk_findings(settings, root)
    yield from clock_findings(root, read_clock())
    needed = OPEN_FILES_MIN if settings is None else open_files(settings)
    yield from kernel_findings(root, read_limits(), needed)


def _configuration(config: Path) -> tuple[Settings | None, list[Finding]]:
    try:
        settings = load_settings(config, resolve_secrets=True, check_dictionaries=True)
    except ConfigError as error:
        advice = f"gateway check-config {config} lists them alone"
        if not config.exists():
            advice = "gateway init DIR writes one; give it with -c FILE"
        faults = [
            Finding("configuration", problem.key or str(config), Severity.ERROR, problem.message, advice)
            for problem in error.problems
        ]
        try:  # the rest can be looked at where only files or secrets are wrong
            return load_settings(config, resolve_secrets=False), faults
        except ConfigError:
            return None, faults
    found = [Finding("configuration", str(config), Severity.OK, "good")]
    if settings.journal.durability == "process":
        found.append(
            Finding(
                "configuration",
                "journal.durability",
                Severity.NOTE,
                "process: what was acknowledged survives kill -9, not a power cut",
                "set it to disk where orders must outlive the machine",
            )
        )
    return settings, found


def _show(found: list[Finding], quiet: bool) -> None:
    console = Console(
        width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False, soft_wrap=not sys.stdout.isatty()
    )
    area = ""
    for one in found:
        if quiet and one.severity is Severity.OK:
            continue
        if one.area != area:
            area = one.area
            console.print(Text(area, "bold"))
        line = Text("  ")
        line.append(f"{one.severity.name.lower():<8}", _STYLES[one.severity])
        line.append(f"{one.subject}: {one.found}")
        console.print(line)
        if one.advice:
            console.print(Text(f"          {one.advice}", "italic"))
    counts = [
        f"{count} {name}"
        for name, count in (
            (level.name.lower() + ("s" if _count(found, level) != 1 else ""), _count(found, level))
            for level in (Severity.ERROR, Severity.WARNING, Severity.NOTE)
        )
        if count
    ]
    console.print(Text(f"{len(found)} checked: {', '.join(counts) or 'all well'}", "bold"))


def _count(found: list[Finding], level: Severity) -> int:
    return sum(one.severity is level for one in found)
