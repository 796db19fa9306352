"""`gateway client add`, `gateway certificates renew`: what is made works with the lines that are printed."""

import json
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.api.identity import token_digest
from gateway.cli.failure import ExitCode
from gateway.config.settings import ClientSettings
from tests.unit.cli.cli_runner import gateway


def test_printed_lines_are_a_client_whose_token_it_is() -> None:
    printed = gateway("client", "add", "desk", "--account", "A1", "--account", "A2").out
    token = printed.splitlines()[1].strip()
    lines = printed[printed.index("  - name") :]
    (entry,) = yaml.safe_load(lines)
    client = ClientSettings.model_validate(entry)
    assert (client.name, client.accounts) == ("desk", ("A1", "A2"))
    assert client.token_hashes == (f"sha256:{token_digest(token).hex()}",)
    assert token not in lines


def test_every_token_is_another_one_of_256_bits() -> None:
    tokens = {json.loads(gateway("client", "add", "desk", "--json").out)["token"] for _ in range(20)}
    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {43}  # 32 bytes in base64 without padding


def test_name_that_the_configuration_would_not_take_is_refused() -> None:
    result = gateway("client", "add", "two words")
    assert result.code == ExitCode.USAGE
    assert "'two words'" in result.err


@pytest.fixture
def tls(tmp_path: Path) -> Path:
    """The folder that `init --tls` makes."""
    assert gateway("init", tmp_path, "--tls", "--host", "gw.example").code == 0
    return tmp_path / "tls"


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def names(path: Path) -> list[str]:
    extension = certificate(path).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return [str(name.value) for name in extension.value]


def test_certificate_of_a_client_is_the_cas_and_for_its_name(tls: Path) -> None:
    made = gateway(
        "client", "add", "desk", "--certificate", "--account", "A1", "-c", tls.parent / "gateway.yaml"
    )
    assert made.code == 0, made.err
    issued = certificate(tls / "desk.crt")
    issued.verify_directly_issued_by(certificate(tls / "ca.crt"))
    use = issued.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(use) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert (tls / "desk.key").stat().st_mode & 0o777 == 0o600
    (entry,) = yaml.safe_load(made.out[made.out.index("  - name") :])
    client = ClientSettings.model_validate(entry)
    assert (client.name, client.certificate_names) == ("desk", ("DNS:desk",))
    assert names(tls / "desk.crt") == ["desk"]
    again = gateway("client", "add", "desk", "--certificate", "--ca", tls)
    assert (again.code, "certificates renew --client desk" in again.err) == (ExitCode.USAGE, True)
    assert certificate(tls / "desk.crt") == issued


def test_renewed_certificate_has_the_names_of_the_old_one_and_a_new_key(tls: Path) -> None:
    old = certificate(tls / "server.crt")
    renewed = gateway("certificates", "renew", "--ca", tls, "--host", "10.0.0.1", "--json")
    assert renewed.code == 0, renewed.err
    new = certificate(tls / "server.crt")
    assert names(tls / "server.crt") == ["gw.example", "localhost", "127.0.0.1", "::1", "10.0.0.1"]
    assert new.public_key() != old.public_key()
    assert json.loads(renewed.out)["not_after"] == new.not_valid_after_utc.isoformat()
    assert gateway("check-config", tls.parent / "gateway.yaml").code == 0
    assert sorted(path.name for path in tls.iterdir() if path.name.startswith(".")) == []


def test_renewed_certificate_of_a_client_keeps_its_name(tls: Path) -> None:
    old = certificate(tls / "demo.crt")
    config = tls.parent / "gateway.yaml"
    assert gateway("certificates", "renew", "--client", "demo", "-c", config).code == 0
    assert names(tls / "demo.crt") == ["demo"]
    assert certificate(tls / "demo.crt").serial_number != old.serial_number


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--client", "ca"], "expected a client's name"),
        (["--client", "../tls/demo"], "expected a client's name"),
        (["--client", "nobody"], "nobody.crt"),
        (["--client", "demo", "--host", "h"], "--host"),
        (["--host", "b\u00e4d name"], "--host"),
    ],
    ids=str,
)
def test_renewal_that_cannot_be_leaves_every_file(tls: Path, arguments: list[str], told: str) -> None:
    before = {path: path.read_bytes() for path in tls.iterdir()}
    refused = gateway("certificates", "renew", *arguments, "-c", tls.parent / "gateway.yaml")
    assert (refused.code, told in refused.err) == (ExitCode.USAGE, True), refused.err
    assert {path: path.read_bytes() for path in tls.iterdir()} == before


def test_certificate_of_another_ca_is_not_renewed(
    tls: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("other")
    assert gateway("init", elsewhere, "--tls").code == 0
    config = tls.parent / "gateway.yaml"
    refused = gateway("certificates", "renew", "--ca", elsewhere / "tls", "-c", config)
    assert (refused.code, "not issued by this CA" in refused.err) == (ExitCode.USAGE, True)
    (elsewhere / "tls" / "ca.key").unlink()
    assert "--ca DIR" in gateway("certificates", "renew", "--ca", elsewhere / "tls", "-c", config).err


def test_tls_is_added_to_a_configuration_that_has_none(tmp_path: Path) -> None:
    assert gateway("init", tmp_path).code == 0
    config = tmp_path / "gateway.yaml"
    made = gateway("certificates", "make", "--host", "gw.example", "-c", config)
    assert made.code == 0, made.err
    assert names(tmp_path / "tls" / "server.crt") == ["gw.example", "localhost", "127.0.0.1", "::1"]
    assert {(tmp_path / "tls" / name).stat().st_mode & 0o777 for name in ("ca.key", "server.key")} == {0o600}
    printed = made.out[made.out.index("api:\n") + 5 : made.out.index("a token or")]
    text = config.read_text()
    old = next(line for line in text.splitlines(keepends=True) if line.startswith("  identity: name"))
    token = json.loads(gateway("client", "add", "demo", "--json").out)
    rights = "    rights: [read, trade, cancel, risk, admin]"
    text = text.replace(old, printed).replace(
        rights, f"    token_hashes: ['{token['token_hash']}']\n{rights}"
    )
    config.write_text(text)
    checked = gateway("check-config", config)
    assert checked.code == 0, checked.err
    assert gateway("client", "add", "desk", "--certificate", "-c", config).code == 0
    again = gateway("certificates", "make", "-c", config)
    assert (again.code, "exists already" in again.err) == (ExitCode.USAGE, True)
