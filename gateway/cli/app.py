"""Puts the command groups together, and turns every failure into one message and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from importlib import metadata
from typing import Annotated

import typer

from gateway.cli import (
    audit,
    certificate_commands,
    clients,
    configuration,
    console,
    database,
    demo,
    doctor,
    export,
    fixlog,
    journal,
    kill_switch,
    orders,
    positions,
    prices,
    quotes,
    rates,
    replay,
    risk,
    run,
    secret_commands,
    sessions,
    tail,
)
from gateway.cli.failure import CommandFailure, ExitCode

__all__ = ["build_app", "main"]

_HELP = """\
FIX gateway server: order entry over gRPC, pre-trade risk, a journal, and FIX sessions to venues.

Start with [bold]gateway init DIR[/bold], then [bold]gateway run -c DIR/gateway.yaml[/bold].
"""

_EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 usage, 3 configuration, 4 no gateway there, 5 refused, 6 journal, 7 warnings,"
    " 8 errors."
)


def build_app() -> typer.Typer:
    """Make the command with all its groups."""
    app = typer.Typer(
        name="gateway",
        help=_HELP,
        epilog=_EPILOG,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    groups = (
        *(
            configuration,
            clients,
            certificate_commands,
            secret_commands,
            demo,
            run,
            doctor,
            console,
            orders,
            positions,
            sessions,
        ),
        *(kill_switch, risk, prices, quotes, rates),
        *(tail, audit, export, replay, fixlog, journal, database),
    )
    for group in groups:
        group.register(app)
    return app


@cache
def _command() -> Callable[..., object]:
    """Make it once, however often a process runs it."""
    return typer.main.get_command(build_app())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code. A traceback is shown only to who asks for it (--debug)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        _command()(args=[word for word in words if word != "--debug"], prog_name="gateway")
    except CommandFailure as failure:
        _show(failure, str(failure), debug)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has seen enough (`| head`); nothing may be written to it any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.OK)
    except Exception as error:
        _show(error, f"{type(error).__name__}: {error}; run it with --debug for the details", debug)
        sys.exit(ExitCode.FAILED)


def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=lambda value: _version(value))
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks (anywhere on the line).")] = False,
) -> None:
    """Take the options that stand before any command."""


def _version(asked: bool) -> None:
    if asked:
        print(f"gateway {metadata.version('fixgateway')}")
        raise typer.Exit


def _show(error: BaseException, message: str, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    print(f"gateway: {message}" if "\n" not in message else message, file=sys.stderr)
