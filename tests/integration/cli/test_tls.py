"""`gateway init --tls` to a running gateway: the command line and the SDK get in by token, and tokens are replaced."""

import json
import re
import signal
import socket
import ssl
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography import x509

from gateway.cli.failure import ExitCode
from gateway.client import Client, GatewayError, Side, Tls
from tests.integration.cli.processes import RunningGateway, running_gateway, wait_until, write_config
from tests.unit.cli.cli_runner import gateway as cli


def asks(gateway: RunningGateway, token: str | None, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("GATEWAY_CA", str(gateway.folder / "tls" / "ca.crt"))
    if token is None:
        monkeypatch.delenv("GATEWAY_TOKEN", raising=False)
    else:
        monkeypatch.setenv("GATEWAY_TOKEN", token)
    return cli("orders", "-c", gateway.config).code


def test_first_client_gets_in_and_its_token_is_replaced_while_it_runs(
    sim_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = write_config(tmp_path, sim_port, "GW-TLS", "--tls")
    found = re.search(r"GATEWAY_TOKEN=(\S+)", printed)
    assert found is not None
    old, new = found[1], json.loads(cli("client", "add", "demo", "--json").out)
    with running_gateway(tmp_path) as running:
        assert asks(running, old, monkeypatch) == 0
        assert asks(running, None, monkeypatch) == ExitCode.REFUSED
        assert asks(running, new["token"], monkeypatch) == ExitCode.REFUSED

        tls = Tls(ca=tmp_path / "tls" / "ca.crt")
        with Client(running.ready["api"], token=old, tls=tls) as client:
            assert len(client.sessions()) == 1
            text = running.config.read_text()
            before = re.findall(r"sha256:\w{64}", text)
            running.config.write_text(text.replace(before[0], new["token_hash"]))
            running.process.send_signal(signal.SIGHUP)
            wait_until(lambda: asks(running, new["token"], monkeypatch) == 0, "new token gets in")
            assert asks(running, old, monkeypatch) == ExitCode.REFUSED
            with pytest.raises(GatewayError, match="UNAUTHENTICATED"):
                client.sessions()
        assert running.stop() == 0
        assert old not in running.output()


def test_key_that_others_may_read_keeps_the_gateway_from_starting(sim_port: int, tmp_path: Path) -> None:
    write_config(tmp_path, sim_port, "GW-KEY", "--tls")
    (tmp_path / "tls" / "server.key").chmod(0o644)
    with pytest.raises(AssertionError, match="chmod 600"), running_gateway(tmp_path):
        pass
    assert cli("check-config", tmp_path / "gateway.yaml").code == ExitCode.CONFIG


def serial_served(address: str, ca: Path) -> int:
    """The serial number of the certificate that a new connection is shown."""
    host, port = address.rsplit(":", 1)
    context = ssl.create_default_context(cafile=str(ca))
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        shown = secure.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown).serial_number


def test_renewed_certificate_is_served_without_a_restart(
    sim_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = write_config(tmp_path, sim_port, "GW-RENEW", "--tls")
    found = re.search(r"GATEWAY_TOKEN=(\S+)", printed)
    assert found is not None
    ca = tmp_path / "tls" / "ca.crt"
    with running_gateway(tmp_path) as running:
        address = running.ready["api"]
        with Client(address, token=found[1], tls=Tls(ca=ca)) as client:
            before = serial_served(address, ca)
            assert cli("certificates", "renew", "-c", running.config).code == 0
            renewed = x509.load_pem_x509_certificate((tmp_path / "tls" / "server.crt").read_bytes())
            assert renewed.serial_number != before
            wait_until(lambda: serial_served(address, ca) == renewed.serial_number, "the new one is served")
            assert len(client.sessions()) == 1  # the connection that stood goes on
        assert asks(running, found[1], monkeypatch) == 0


def test_second_client_gets_in_by_a_certificate_that_was_issued_later(
    sim_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(tmp_path, sim_port, "GW-SECOND", "--tls")
    config, tls = tmp_path / "gateway.yaml", tmp_path / "tls"
    assert cli("client", "add", "desk", "--certificate", "-c", config).code == 0
    entry = (
        "clients:\n  - name: desk\n    accounts: [DEMO]\n    rights: [read, trade, cancel]\n"
        "    certificate_names: ['DNS:desk']\n"
    )
    text = config.read_text().replace("identity: token ", "identity: certificate ")
    text = text.replace("    # client_ca:", "    client_ca:").replace("    # client_cert", "    client_cert")
    config.write_text(text.replace("clients:\n", entry, 1))
    with running_gateway(tmp_path) as running:
        for name, rights in (("desk", ["cancel", "read", "trade"]), ("demo", None)):
            files = Tls(ca=tls / "ca.crt", certificate=tls / f"{name}.crt", private_key=tls / f"{name}.key")
            with Client(running.ready["api"], tls=files, account="DEMO", strategy="s") as client:
                version = client.version()
                assert version.client == name
                assert rights is None or list(version.rights) == rights
                # Denied, so that no venue has to be there.
                client.submit("AAPL", Side.BUY, 100_001, price=Decimal(175), client_order_id=f"of-{name}")
        for name, any_client in (("desk", ExitCode.REFUSED), ("demo", 0)):
            for variable, file in (
                ("CA", "ca.crt"),
                ("CERTIFICATE", f"{name}.crt"),
                ("PRIVATE_KEY", f"{name}.key"),
            ):
                monkeypatch.setenv(f"GATEWAY_{variable}", str(tls / file))
            shown = cli("orders", "-c", config).out
            assert ("of-desk" in shown, "of-demo" in shown) == (True, name == "demo")
            assert cli("orders", "list", "--any-client", "-c", config).code == any_client


def test_first_client_gets_in_by_its_certificate(
    sim_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(tmp_path, sim_port, "GW-CERT", "--tls")
    config = tmp_path / "gateway.yaml"
    text = config.read_text().replace("identity: token ", "identity: certificate ")
    config.write_text(
        text.replace("    # client_ca:", "    client_ca:").replace("    # client_cert", "    client_cert")
    )
    for variable, file in (("CA", "ca.crt"), ("CERTIFICATE", "demo.crt"), ("PRIVATE_KEY", "demo.key")):
        monkeypatch.setenv(f"GATEWAY_{variable}", str(tmp_path / "tls" / file))
    with running_gateway(tmp_path):
        assert cli("orders", "-c", config).code == 0
        tls = Tls(
            ca=tmp_path / "tls" / "ca.crt",
            certificate=tmp_path / "tls" / "demo.crt",
            private_key=tmp_path / "tls" / "demo.key",
        )
        with Client(json.loads((tmp_path / "journal" / "run.json").read_text())["api"], tls=tls) as client:
            assert len(client.sessions()) == 1
