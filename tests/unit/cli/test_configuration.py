import json
from pathlib import Path

import pytest
from cryptography import x509

from gateway.config.schema import json_schema
from tests.unit.cli.cli_runner import gateway


def test_init_writes_what_check_config_accepts(tmp_path: Path) -> None:
    made = gateway("init", tmp_path / "new")
    checked = gateway("check-config", tmp_path / "new" / "gateway.yaml")
    assert (made.code, checked.code) == (0, 0)
    assert "good (1 session, 3 instruments, 1 client, 2 limits)" in checked.out


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text("mine\n")
    result = gateway("init", tmp_path)
    assert result.code == 2
    assert "exists already" in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["gateway.yaml"]
    assert (tmp_path / "gateway.yaml").read_text() == "mine\n"


def test_init_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = gateway("init", tmp_path / "file" / "below")
    assert result.code == 1
    assert "cannot be written" in result.err
    assert "Traceback" not in result.err


def test_check_config_prints_every_problem_and_exits_3(tmp_path: Path) -> None:
    config = tmp_path / "g.yaml"
    config.write_text("sessions: x\nfoo: 1\n")
    result = gateway("check-config", config)
    assert result.code == 3
    assert f"{config}:1:11: sessions: expected a list" in result.err
    assert f"{config}:2:1: foo: unknown key 'foo'" in result.err
    assert result.out == ""


def test_check_config_json_is_for_programs(tmp_path: Path) -> None:
    config = tmp_path / "g.yaml"
    config.write_text("foo: 1\n")
    result = gateway("check-config", config, "--json")
    answer = json.loads(result.out)
    assert result.code == 3
    assert answer["ok"] is False
    assert {"file", "line", "column", "key", "message"} == set(answer["problems"][0])


def test_check_config_without_a_file_says_how_to_get_one(tmp_path: Path) -> None:
    result = gateway("check-config", tmp_path / "none.yaml")
    assert result.code == 3
    assert "gateway init" in result.err


def test_check_config_names_a_dictionary_that_cannot_be_used(tmp_path: Path) -> None:
    gateway("init", tmp_path)
    config = tmp_path / "gateway.yaml"
    (tmp_path / "mine.xml").write_text("<fix>\n")
    config.write_text(config.read_text() + "\ndictionaries:\n  FIX.4.4: mine.xml\n")
    result = gateway("check-config", config)
    assert result.code == 3
    last = config.read_text().count("\n")
    assert f"{config}:{last}:12: dictionaries.FIX.4.4: " in result.err


def test_check_config_and_run_name_a_certificate_that_cannot_be_used(tmp_path: Path) -> None:
    gateway("init", tmp_path)
    config = tmp_path / "gateway.yaml"
    (tmp_path / "ca.pem").write_text("no certificate\n")
    text = config.read_text()
    config.write_text(
        text.replace("    heartbeat_interval", "    tls: {ca_file: ca.pem}\n    heartbeat_interval", 1)
    )
    for command in (("check-config", config), ("run", "-c", config)):
        result = gateway(*command)
        assert result.code == 3, result.err
        assert "session sim: tls: " in result.err
        assert "ca.pem" in result.err
        assert "Traceback" not in result.err
    assert "sessions[0].tls: " in gateway("check-config", config).err


def test_check_config_notes_what_may_surprise(tmp_path: Path) -> None:
    gateway("init", tmp_path)
    config = tmp_path / "gateway.yaml"
    config.write_text(config.read_text().replace(", reference_price: 415.00", ""))
    result = gateway("check-config", config)
    assert "no reference_price for MSFT: orders are denied with NO_REFERENCE_PRICE" in result.out


def test_check_config_without_secrets_needs_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIM_PASSWORD", raising=False)
    gateway("init", tmp_path)
    config = tmp_path / "gateway.yaml"
    config.write_text(
        config.read_text().replace("    # username", "    username").replace("    # pass", "    pass")
    )
    refused = gateway("check-config", config)
    assert refused.code == 3
    assert "SIM_PASSWORD is not set" in refused.err
    assert gateway("check-config", config, "--without-secrets").code == 0


def test_config_schema_prints_the_schema() -> None:
    assert json.loads(gateway("config", "schema").out) == json_schema()


def test_schema_beside_the_configuration_is_the_same(tmp_path: Path) -> None:
    gateway("init", tmp_path)
    assert json.loads((tmp_path / "gateway.schema.json").read_text()) == json_schema()


def test_init_with_tls_makes_what_check_config_accepts_and_keeps_no_token(tmp_path: Path) -> None:
    made = gateway("init", tmp_path, "--tls", "--host", "gateway.desk", "--host", "10.0.0.7")
    assert made.code == 0
    assert gateway("check-config", tmp_path / "gateway.yaml").code == 0
    folder = tmp_path / "tls"
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes["ca.key"] == modes["server.key"] == modes["demo.key"] == 0o600
    certificate = x509.load_pem_x509_certificate((folder / "server.crt").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["gateway.desk", "localhost"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == [
        "10.0.0.7",
        "127.0.0.1",
        "::1",
    ]
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes()))
    client = x509.load_pem_x509_certificate((folder / "demo.crt").read_bytes())
    names = client.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["demo"]
    client.verify_directly_issued_by(x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes()))
    token = made.out.rsplit("GATEWAY_TOKEN=", 1)[1].strip()
    assert all(token.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_init_with_tls_overwrites_no_key(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "ca.key").write_text("mine")
    result = gateway("init", tmp_path, "--tls")
    assert result.code == 2
    assert "ca.key exists already" in result.err
    assert [path.name for path in tmp_path.rglob("*")] == ["tls", "ca.key"]


def test_init_with_a_host_needs_tls(tmp_path: Path) -> None:
    assert gateway("init", tmp_path, "--host", "gateway.desk").code == 2
