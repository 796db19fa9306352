"""`gateway certificates make` and `renew`, and the certificate of `gateway client add --certificate`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from gateway.cli.certificates import Authority, replace_pair, write_private, write_public
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_or_fail
from gateway.cli.output import print_json
from gateway.config.template import TLS_FOLDER

__all__ = ["AuthorityFolder", "authority_of", "issue_client", "make_authority", "register"]

_MADE = ("ca.crt", "ca.key", "server.crt", "server.key")

AuthorityFolder = Annotated[
    Path | None,
    typer.Option(
        "--ca", metavar="DIR", help="Folder of ca.crt and ca.key (default: tls beside the configuration)."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(
        no_args_is_help=True, help="Certificates of the API, by the CA that `init --tls` made."
    )
    group.command("make")(_make)
    group.command("renew")(_renew)
    app.add_typer(group, name="certificates")


def _make(
    host: Annotated[
        list[str] | None,
        typer.Option("--host", help="A name or address that clients reach the gateway by; repeatable."),
    ] = None,
    ca: AuthorityFolder = None,
    config: Config = None,
) -> None:
    """Make a CA and the gateway's certificate beside a configuration that has no TLS yet, and print its lines.

    What `gateway init --tls` does for a new folder. Nothing is overwritten, and the configuration is left to you.
    """
    folder = _folder(ca, config)
    existing = [str(folder / name) for name in _MADE if (folder / name).exists()]
    if existing:
        message = f"{', '.join(existing)} exists already; `gateway certificates renew` replaces a certificate"
        raise CommandFailure(message, ExitCode.USAGE)
    try:
        make_authority(folder, host or [])
    except OSError as error:
        raise CommandFailure(f"{error.filename}: cannot be written: {error.strerror}") from error
    print(f"wrote {folder} (keep ca.key apart: who has it can be anyone; clients need ca.crt)")
    print("in the configuration:")
    print("api:\n  identity: token           # or certificate, with client_ca")
    print(f"  tls:\n    certificate: {folder.absolute() / 'server.crt'}")
    print(f"    private_key: {folder.absolute() / 'server.key'}")
    print(f"    # client_ca: {folder.absolute() / 'ca.crt'}")
    print(
        "a token or certificate for each client: `gateway client add NAME`, with --certificate for the latter"
    )


def _renew(
    client: Annotated[
        str,
        typer.Option("--client", metavar="NAME", help="A client's certificate in place of the gateway's."),
    ] = "",
    host: Annotated[
        list[str] | None,
        typer.Option(
            "--host", help="A further name or address that clients reach the gateway by; repeatable."
        ),
    ] = None,
    ca: AuthorityFolder = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Issue the gateway's certificate anew, with a new key and for the names of the old one.

    A running gateway takes it without a restart, and connections that stand go on. With --client that of a client, as
    `gateway client add --certificate` made it.
    """
    folder, authority = authority_of(ca, config)
    if client and host:
        raise CommandFailure("--host is for the gateway's certificate, not for a client's", ExitCode.USAGE)
    if client:
        certificate, key = _client_files(client, folder)
    else:
        certificate, key = _server_files(config, folder)
    old = _issued(certificate, authority)
    names = list(dict.fromkeys([*_names(old), *(host or [])]))
    try:
        made = authority.issue(names, datetime.now(UTC), server=not client)
    except ValueError as error:
        raise CommandFailure(f"--host: expected names or addresses: {error}", ExitCode.USAGE) from error
    _write(certificate, key, made)
    new = x509.load_pem_x509_certificate(made[0])
    if as_json:
        print_json(
            {
                "certificate": str(certificate),
                "private_key": str(key),
                "names": names,
                "not_after": new.not_valid_after_utc.isoformat(),
            }
        )
        return
    print(f"wrote {certificate} and {key}, for {', '.join(names)}, until {new.not_valid_after_utc:%Y-%m-%d}")
    print(f"the one before was good until {old.not_valid_after_utc:%Y-%m-%d}")


def authority_of(ca: Path | None, config: Path | None) -> tuple[Path, Authority]:
    """Read the CA. Raises CommandFailure where it is not there."""
    folder = _folder(ca, config)
    try:
        return folder, Authority.load((folder / "ca.crt").read_bytes(), (folder / "ca.key").read_bytes())
    except OSError as error:
        raise CommandFailure(
            f"{error.filename}: {error.strerror}; say with --ca DIR where ca.crt and ca.key of `init --tls` are",
            ExitCode.USAGE,
        ) from error
    except ValueError as error:
        raise CommandFailure(f"{folder}: ca.crt and ca.key are no CA's: {error}", ExitCode.USAGE) from error


def make_authority(folder: Path, hosts: Sequence[str]) -> Authority:
    """Make a CA, and the certificate of a gateway that these names and this machine reach; all files are new.

    Raises CommandFailure for what is no name, and then has written nothing; OSError.
    """
    now = datetime.now(UTC)
    authority = Authority.make("gateway CA", now)
    names = list(dict.fromkeys([*hosts, "localhost", "127.0.0.1", "::1"]))
    try:
        certificate, key = authority.issue(names, now, server=True)
    except ValueError as error:
        message = f"--host: expected names or addresses, were {', '.join(hosts)}: {error}"
        raise CommandFailure(message, ExitCode.USAGE) from error
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / "ca.key", authority.key_bytes)
    write_private(folder / "server.key", key)
    write_public(folder / "ca.crt", authority.certificate_bytes)
    write_public(folder / "server.crt", certificate)
    return authority


def issue_client(name: str, folder: Path, authority: Authority) -> tuple[Path, Path]:
    """Make a client's certificate for its name; the files, which must not be there yet."""
    certificate, key = _client_files(name, folder)
    existing = [str(path) for path in (certificate, key) if path.exists()]
    if existing:
        message = (
            f"{', '.join(existing)} exists already; `gateway certificates renew --client {name}` replaces it"
        )
        raise CommandFailure(message, ExitCode.USAGE)
    _write(certificate, key, authority.issue([name], datetime.now(UTC), server=False))
    return certificate, key


def _folder(ca: Path | None, config: Path | None) -> Path:
    return ca or (config or DEFAULT_CONFIG).parent / TLS_FOLDER


def _client_files(name: str, folder: Path) -> tuple[Path, Path]:
    if name in ("ca", "server") or Path(name).name != name:
        raise CommandFailure(
            f"expected a client's name, was {name!r}: it would be another file", ExitCode.USAGE
        )
    return folder / f"{name}.crt", folder / f"{name}.key"


def _server_files(config: Path | None, folder: Path) -> tuple[Path, Path]:
    """The files that the configuration names; where there is none, those that `init --tls` makes."""
    if config is None and not DEFAULT_CONFIG.exists():
        return folder / "server.crt", folder / "server.key"
    tls = load_or_fail(config or DEFAULT_CONFIG, resolve_secrets=False).api.tls
    if tls is None:
        raise CommandFailure(
            "the configuration has no `api.tls`: there is no certificate to renew", ExitCode.USAGE
        )
    return tls.certificate, tls.private_key


def _issued(path: Path, authority: Authority) -> x509.Certificate:
    """Read a certificate, and make sure that it is this CA's."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        certificate.verify_directly_issued_by(authority.certificate)
    except OSError as error:
        raise CommandFailure(f"{path}: {error.strerror}", ExitCode.USAGE) from error
    except (ValueError, TypeError, InvalidSignature) as error:
        raise CommandFailure(
            f"{path} was not issued by this CA ({authority.certificate.subject.rfc4514_string()}); renew it where it"
            " was",
            ExitCode.USAGE,
        ) from error
    return certificate


def _names(certificate: x509.Certificate) -> list[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def _write(certificate: Path, key: Path, made: tuple[bytes, bytes]) -> None:
    try:
        replace_pair(certificate, made[0], key, made[1])
    except OSError as error:
        raise CommandFailure(f"{error.filename}: cannot be written: {error.strerror}") from error
