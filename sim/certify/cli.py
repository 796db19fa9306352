"""`python -m sim certify`: play the cases against a counterparty, write the report."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sim.certify.case import Case, Outcome, Result
from sim.certify.connector import Connector, Dialler, Door
from sim.certify.html import html_report
from sim.certify.junit import junit_report
from sim.certify.profile import Profile, load_profile
from sim.certify.run import ALL_CASES, certify, check_names
from sim.config import ConfigError

__all__ = ["certify_command"]

_EPILOG = """\
With --target the kit connects (the counterparty is an acceptor), with --listen it waits to be connected to. The
profile says whether the counterparty is a venue, which answers orders, or a client, which sends them; for the
cases of a client somebody or something has to make it send orders. See docs/certification.md.

exit code: 0 certified, 1 a case failed, 2 a faulty profile or command line

examples:
  python -m sim certify --target uat.broker.example:9878 --profile broker.yaml --html report.html --junit report.xml
  python -m sim certify --listen 127.0.0.1:9878 --profile client.yaml --html report.html
  python -m sim certify --list
"""

_MARKS = {Outcome.PASSED: "ok", Outcome.FAILED: "FAILED", Outcome.DIFFERS: "differs", Outcome.SKIPPED: "-"}


def certify_command(arguments: Sequence[str]) -> int:
    """Run the command; gives the exit code."""
    options = _parser().parse_args(arguments)
    if options.list:
        print("\n".join(f"{c.id}  {c.title}: {c.purpose}" for c in ALL_CASES))
        return 0
    where = options.target or options.listen
    if where is None or options.profile is None:
        print("give --target or --listen, and --profile; see --help", file=sys.stderr)
        return 2
    try:
        profile = load_profile(options.profile)
        check_names(profile)
        profile.logon_fields()
        results = asyncio.run(_run(profile, options))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{where[0]}:{where[1]}: {error}", file=sys.stderr)
        return 2
    failed = sum(result.outcome is Outcome.FAILED for result in results)
    counts = ", ".join(f"{sum(r.outcome is o for r in results)} {o.value}" for o in Outcome)
    print(f"{'not certified' if failed else 'certified'}: {counts}")
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    role = "it was connected to at" if options.target else "it connected to"
    _write(options.html, html_report(profile, results, f"{role} {where[0]}:{where[1]}", f"{at} UTC"))
    _write(options.junit, junit_report(profile, results))
    return 1 if failed else 0


async def _run(profile: Profile, options: argparse.Namespace) -> list[Result]:
    host, port = options.target or options.listen
    connector: Connector
    if options.target:
        connector = Dialler(host, port)
    else:
        connector = Door()
        print(f"listening on {host}:{await connector.open(host, port)}", flush=True)
    try:
        return await certify(profile, connector, _progress)
    finally:
        if isinstance(connector, Door):
            connector.close()


def _progress(what: Result | Case) -> None:
    if isinstance(what, Case):
        print(f"{what.id}  {what.title} ... ", end="", flush=True)
    elif what.outcome is not Outcome.SKIPPED:
        reason = f"  {what.reason}" if what.reason else ""
        print(f"{_MARKS[what.outcome]} ({what.seconds:.1f} s){reason}", flush=True)


def _write(path: Path | None, text: str) -> None:
    if path is not None:
        path.write_text(text, encoding="utf-8")
        print(f"report: {path}")


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, was {text}")
    return host.strip("[]"), int(port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sim certify",
        description="Certify a FIX connection: documented cases, against any counterparty, with a report.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--target", type=_address, metavar="HOST:PORT", help="connect to this acceptor")
    where.add_argument("--listen", type=_address, metavar="HOST:PORT", help="wait for the counterparty here")
    add("--profile", type=Path, metavar="FILE", help="YAML: what the counterparty is")
    add("--html", type=Path, metavar="FILE", help="write the report as one HTML file")
    add("--junit", type=Path, metavar="FILE", help="write the report as JUnit XML")
    add("--list", action="store_true", help="print all cases and end")
    return parser
