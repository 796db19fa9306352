"""The gateway's own parts as `gateway doctor` sees them: ports, certificates, journal, database."""

from __future__ import annotations

import errno
import json
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from gateway.cli.doctor_finding import Finding, Severity
from gateway.cli.doctor_machine import process_lives
from gateway.config import Settings
from gateway.config.access_consistency import server_tls_faults
from gateway.core import JournalError, verify_journal
from gateway.ready import READY_FILE_NAME

__all__ = [
    "certificate_findings",
    "database_findings",
    "journal_findings",
    "port_findings",
    "running_pid",
    "sqlite_finding",
]

SQLITE_MIN = (3, 35, 0)
EXPIRES_SOON = timedelta(days=30)
_RENEW = "issue a new one into the same file (one of the CA of `init --tls`: `gateway certificates renew`)"
VERIFIED_BYTES_MAX = 1 << 30


def running_pid(settings: Settings) -> int:
    """The process that runs with this configuration, by its run.json; 0 for none."""
    try:
        pid = int(json.loads((settings.journal.path / READY_FILE_NAME).read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return 0
    return pid if process_lives(pid) else 0


def port_findings(settings: Settings, pid: int) -> Iterator[Finding]:
    """Try every address that the gateway listens on; where it runs already, that they are taken is right."""
    places = [("api.bind", settings.api.bind.host, settings.api.bind.port)]
    places.append(("monitor.bind", settings.monitor.bind.host, settings.monitor.bind.port))
    places += [
        (f"session {one.name}", one.host, one.port) for one in settings.sessions if one.role == "acceptor"
    ]
    for subject, host, port in places:
        if port == 0:
            yield Finding("ports", subject, Severity.OK, f"{host}, any free port")
        else:
            yield _port(subject, host, port, pid)


def _port(subject: str, host: str, port: int, pid: int) -> Finding:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(found[0], found[1]) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(found[4])
    except socket.gaierror as error:
        return Finding(
            "ports",
            subject,
            Severity.ERROR,
            f"{host} is not known here ({error.strerror})",
            "give an address of this machine, such as 127.0.0.1",
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE and pid:
            return Finding("ports", subject, Severity.OK, f"{host}:{port}, held by the gateway (pid {pid})")
        advice = {
            errno.EADDRINUSE: f"see who holds it (ss -ltnp 'sport = :{port}'), or set another port",
            errno.EACCES: "ports below 1024 need a right of their own: set a higher one",
            errno.EADDRNOTAVAIL: "this machine has no such address: see `ip addr`",
        }.get(error.errno or 0, "set another address")
        return Finding("ports", subject, Severity.ERROR, f"{host}:{port}: {error.strerror}", advice)
    return Finding("ports", subject, Severity.OK, f"{host}:{port} is free")


def certificate_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Judge the certificates of the API and of the sessions, and who may read the keys."""
    for section, tls in (("api", settings.api.tls), ("monitor", settings.monitor.tls)):
        if tls is None:
            continue
        faults = list(server_tls_faults(tls))
        for key, fault in faults:
            what, _, advice = fault.partition("; ")
            yield Finding("certificates", f"{section}.tls.{key}", Severity.ERROR, what, advice)
        if not faults:
            yield Finding(
                "certificates", f"{section}.tls.private_key", Severity.OK, "its owner's alone, and fits"
            )
        yield from _chain(f"{section}.tls.certificate", tls.certificate, now)
    if settings.api.tls is not None and settings.api.tls.client_ca is not None:
        yield from _chain("api.tls.client_ca", settings.api.tls.client_ca, now, is_chain=False)
    for session in settings.sessions:
        if session.tls is None:
            continue
        for key, is_chain in (("certificate", True), ("ca_file", False)):
            path = getattr(session.tls, key, None)
            if isinstance(path, Path):
                yield from _chain(f"session {session.name}: tls.{key}", path, now, is_chain=is_chain)


def _chain(subject: str, path: Path, now: datetime, *, is_chain: bool = True) -> Iterator[Finding]:
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        yield Finding(
            "certificates", subject, Severity.ERROR, f"{path}: {error}", "give a file of PEM certificates"
        )
        return
    for place, certificate in enumerate(certificates):
        yield _validity(subject if place == 0 else f"{subject} ({place + 1})", certificate, now)
    for one, issuer in pairwise(certificates) if is_chain else ():
        try:
            one.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            yield Finding(
                "certificates",
                subject,
                Severity.ERROR,
                f"{path}: {one.subject.rfc4514_string()} is not issued by the one after it",
                "put the server's certificate first, then each issuer behind what it has issued",
            )


def _validity(subject: str, certificate: x509.Certificate, now: datetime) -> Finding:
    name = certificate.subject.rfc4514_string()
    until, since = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    if until <= now:
        return Finding(
            "certificates",
            subject,
            Severity.ERROR,
            f"{name} has expired on {until:%Y-%m-%d %H:%M}Z",
            f"{_RENEW}; the API reads it without a restart",
        )
    if since > now:
        return Finding(
            "certificates",
            subject,
            Severity.ERROR,
            f"{name} is valid only from {since:%Y-%m-%d %H:%M}Z",
            "look at this machine's clock, or wait",
        )
    days = (until - now).days
    if until - now < EXPIRES_SOON:
        return Finding(
            "certificates",
            subject,
            Severity.WARNING,
            f"{name} expires in {days} days",
            f"{_RENEW} before that",
        )
    return Finding("certificates", subject, Severity.OK, f"{name}, {days} days left")


def journal_findings(settings: Settings, *, whole: bool) -> Iterator[Finding]:
    """Judge the journal; every byte of it where it is not large, or where `whole`."""
    folder = settings.journal.path
    segments = sorted(folder.glob("*.seg")) if folder.is_dir() else []
    if not segments:
        yield Finding("journal", "segments", Severity.OK, f"{folder}: none yet")
        return
    size = sum(path.stat().st_size for path in segments)
    if size > VERIFIED_BYTES_MAX and not whole:
        yield Finding(
            "journal",
            "records",
            Severity.NOTE,
            f"{folder}: {size / (1 << 30):.1f} GiB, not read",
            "gateway doctor --whole reads all of it, as gateway journal verify does",
        )
        return
    try:
        report = verify_journal(folder)
    except JournalError as error:
        yield Finding("journal", "records", Severity.ERROR, str(error), f"gateway journal verify {folder}")
        return
    for damage in report.damage:
        yield Finding(
            "journal",
            "records",
            Severity.ERROR,
            f"{damage.segment} offset {damage.offset}, after lsn {damage.last_good_lsn}: {damage.what}",
            f"restore the file from a copy, or see what `gateway journal repair {folder}` would give up",
        )
    if report.clean:
        found = f"{folder}: {report.segments} segments, lsn {report.first_lsn} to {report.last_lsn}, all good"
        yield Finding("journal", "records", Severity.OK, found)


def sqlite_finding(version: tuple[int, ...]) -> Finding:
    """Judge the SQLite library."""
    text = ".".join(str(part) for part in version)
    if version < SQLITE_MIN:
        wanted = ".".join(str(part) for part in SQLITE_MIN)
        return Finding(
            "database",
            "SQLite",
            Severity.ERROR,
            f"version {text}",
            f"use a Python with SQLite {wanted} or newer, or PostgreSQL (database.url)",
        )
    return Finding("database", "SQLite", Severity.OK, f"version {text}")


def database_findings(settings: Settings) -> Iterator[Finding]:
    """Judge the database: that it answers, its mode, and whether its tables are of this version."""
    from gateway.store import open_engine, password_hidden, schema

    url = settings.database_url
    is_sqlite = url.startswith("sqlite")
    if is_sqlite:
        yield sqlite_finding(sqlite3.sqlite_version_info)
        path = sa.make_url(url).database
        if path is None or not Path(path).exists():
            yield Finding("database", "tables", Severity.OK, f"{path}: made when the gateway starts")
            return
    # Opened plainly, SQLite's file stays as it is; the gateway's own way would give it a write-ahead log.
    engine = sa.create_engine(url) if is_sqlite else open_engine(url, timeout_ms=2_000)
    try:
        with engine.connect() as connection:
            if is_sqlite:
                mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
                yield _sqlite_mode(mode)
            yield _level(schema.current(connection), schema.head())
    except sa.exc.SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        yield Finding(
            "database",
            "connection",
            Severity.WARNING,
            f"{password_hidden(url)}: {cause}",
            "trading goes on without it and it catches up later; start it, or correct database.url",
        )
    finally:
        engine.dispose()


def _sqlite_mode(mode: str) -> Finding:
    if mode == "wal":
        return Finding("database", "mode", Severity.OK, "WAL: readers do not hold the projector up")
    return Finding(
        "database",
        "mode",
        Severity.WARNING,
        f"{mode}, not WAL",
        "gateway run switches it; where it stays so, put the file on a local disk: WAL needs shared memory, which"
        " network file systems do not have",
    )


def _level(found: str | None, head: str) -> Finding:
    if found == head:
        return Finding("database", "tables", Severity.OK, f"revision {head}")
    from alembic.script import ScriptDirectory

    from gateway.store.schema import migrations_path

    known = {entry.revision for entry in ScriptDirectory(str(migrations_path())).walk_revisions()}
    if found is not None and found not in known:
        return Finding(
            "database",
            "tables",
            Severity.ERROR,
            f"revision {found}, which this version does not know (it has {head})",
            "run the version that made them, or give this one an empty database and `gateway database rebuild`",
        )
    return Finding(
        "database",
        "tables",
        Severity.NOTE,
        f"revision {found or 'none'}, this version needs {head}",
        "gateway run brings them up by itself; `gateway database upgrade` does it now",
    )


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
