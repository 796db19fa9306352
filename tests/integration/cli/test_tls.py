"""`gateway init --tls` to a running gateway: the command line and the SDK get in by token, and tokens are replaced."""

import json
import re
import signal
from pathlib import Path

import pytest

from gateway.cli.failure import ExitCode
from gateway.client import Client, GatewayError, Tls
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
