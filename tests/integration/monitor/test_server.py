"""The monitor's server on loopback, with clients that behave and clients that do not."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli.certificates import Authority
from gateway.monitor.collector import make_registry
from gateway.monitor.health import Health
from gateway.monitor.server import REQUEST_BYTES_MAX, MonitorServer, MonitorSettings
from tests.support.gateway_status import NOW_NS, FixedStatus, snapshot
from tests.support.waiting import wait_until


@pytest.fixture
def status() -> FixedStatus:
    return FixedStatus()


@pytest.fixture
def server(status: FixedStatus) -> Iterator[MonitorServer]:
    server = MonitorServer(
        make_registry(status, snapshot, "1.2.3"),
        Health(status, snapshot, now_ns=lambda: NOW_NS),
        MonitorSettings(port=0, connections_max=3, request_timeout_s=0.3),
    )
    server.start()
    yield server
    server.stop()


def get(
    server: MonitorServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(*server.address, timeout=10)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body, response.headers


def send(server: MonitorServer, data: bytes) -> bytes:
    """Send raw bytes and read until the server closes."""
    answer = b""
    with socket.create_connection(server.address, timeout=10) as connection:
        try:
            connection.sendall(data)
            while received := connection.recv(65_536):
                answer += received
        except ConnectionError:
            pass
    return answer


def test_metrics_are_served_as_prometheus_text(server: MonitorServer) -> None:
    code, body, headers = get(server, "/metrics?name=x")
    assert code == 200
    assert headers["Content-Type"].startswith("text/plain")
    assert 'gateway_build_info{version="1.2.3"} 1.0' in body
    assert "process_resident_memory_bytes" in body


def test_metrics_are_served_as_openmetrics_where_asked(server: MonitorServer) -> None:
    _, body, headers = get(server, "/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert headers["Content-Type"].startswith("application/openmetrics-text")
    assert body.endswith("# EOF\n")


def test_health_answers_by_the_state_at_that_moment(server: MonitorServer, status: FixedStatus) -> None:
    assert get(server, "/healthz")[0] == 200
    assert get(server, "/readyz")[0] == 200
    status.values["journal_accepts_new_orders"] = 0
    code, body, headers = get(server, "/readyz")
    assert code == 503
    assert headers["Content-Type"] == "application/json"
    answer = json.loads(body)
    assert answer["healthy"] is False
    assert {part["name"]: part["status"] for part in answer["parts"]}["journal"] == "failed"
    assert get(server, "/healthz")[0] == 200


def test_other_paths_and_methods_are_refused(server: MonitorServer) -> None:
    assert get(server, "/")[0] == 404
    assert get(server, "/../../etc/passwd")[0] == 404
    assert get(server, "/metrics", "POST")[0] == 501
    code, body, headers = get(server, "/metrics", "HEAD")
    assert (code, body) == (200, "")
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"\x00" * 100 + b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /metrics HTTP/9.9\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nbroken header\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"GET /" + b"a" * (2 * REQUEST_BYTES_MAX) + b" HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 5_000,
        b"GET /metrics HTTP/1.1\r\nX: " + "é".encode() * 100 + b"\r\n\r\n",
    ],
)
def test_garbage_ends_its_connection_and_nothing_else(server: MonitorServer, data: bytes) -> None:
    answer = send(server, data)
    assert b"Traceback" not in answer
    assert get(server, "/healthz")[0] == 200


def test_slow_clients_are_cut_off_and_free_their_places(server: MonitorServer) -> None:
    slow = [socket.create_connection(server.address, timeout=10) for _ in range(3)]
    for connection in slow:
        connection.sendall(b"GET /metr")
    # Each byte that dribbles in would start a timeout between bytes anew; the time in all is what counts.
    for connection in slow:
        while True:
            try:
                connection.sendall(b"i")
                if connection.recv(1) == b"":
                    break
            except ConnectionError:
                break
        connection.close()
    assert get(server, "/healthz")[0] == 200


def test_connection_beyond_the_bound_is_closed_at_once(status: FixedStatus) -> None:
    server = MonitorServer(
        make_registry(status, snapshot, "1.2.3"),
        Health(status, snapshot, now_ns=lambda: NOW_NS),
        MonitorSettings(port=0, connections_max=3, request_timeout_s=60),
    )
    server.start()
    held = [socket.create_connection(server.address, timeout=10) for _ in range(3)]
    with socket.create_connection(server.address, timeout=10) as refused:
        assert refused.recv(1) == b""
    for connection in held:
        connection.close()

    def answers() -> bool:
        try:
            return get(server, "/healthz")[0] == 200
        except (ConnectionError, http.client.HTTPException):
            return False

    wait_until(answers, "places are free again")
    server.stop()


def test_core_that_fails_still_gives_a_scrape(server: MonitorServer, status: FixedStatus) -> None:
    status.error = RuntimeError("gone")
    code, body, _ = get(server, "/metrics")
    assert code == 200
    assert "gateway_core_up 0.0" in body
    assert get(server, "/healthz")[0] == 503


def test_port_is_free_after_stop(server: MonitorServer) -> None:
    address = server.address
    server.stop()
    with pytest.raises(ConnectionError):
        socket.create_connection(address, timeout=1)
    server.stop()


def test_address_that_is_taken_is_an_error_at_once(server: MonitorServer, status: FixedStatus) -> None:
    with pytest.raises(OSError, match="in use"):
        MonitorServer(
            make_registry(status, None, "1"),
            Health(status, None, now_ns=lambda: NOW_NS),
            MonitorSettings(port=server.address[1]),
        )


TOKEN = "scraper's"


@pytest.fixture
def issued(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A CA, and a certificate of it for 127.0.0.1 with its key."""
    return write_certificates(tmp_path, Authority.make("test", datetime.now(UTC)))


def write_certificates(folder: Path, authority: Authority) -> tuple[Path, Path, Path]:
    paths = (folder / "ca.crt", folder / "server.crt", folder / "server.key")
    chain = (authority.certificate_bytes, *authority.issue(["127.0.0.1"], datetime.now(UTC), server=True))
    for path, data in zip(paths, chain, strict=True):
        path.write_bytes(data)
    return paths


@pytest.fixture
def secured(status: FixedStatus, issued: tuple[Path, Path, Path]) -> Iterator[MonitorServer]:
    server = MonitorServer(
        make_registry(status, snapshot, "1.2.3"),
        Health(status, snapshot, now_ns=lambda: NOW_NS),
        MonitorSettings(
            port=0,
            connections_max=3,
            request_timeout_s=0.3,
            certificate=issued[1],
            private_key=issued[2],
            token_hashes=frozenset({hashlib.sha256(TOKEN.encode()).digest()}),
        ),
    )
    server.start()
    yield server
    server.stop()


def get_secured(server: MonitorServer, ca: Path, path: str, token: str = "") -> tuple[int, str]:
    context = ssl.create_default_context(cafile=str(ca))
    connection = http.client.HTTPSConnection(*server.address, timeout=10, context=context)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


def test_secured_server_answers_over_tls_to_who_has_a_token(
    secured: MonitorServer, issued: tuple[Path, Path, Path]
) -> None:
    code, body = get_secured(secured, issued[0], "/metrics", TOKEN)
    assert code == 200
    assert 'gateway_build_info{version="1.2.3"}' in body
    for token in ("", "other", f"{TOKEN}x"):
        assert get_secured(secured, issued[0], "/metrics", token) == (401, "")
        assert get_secured(secured, issued[0], "/readyz", token) == (401, "")


def test_secured_server_says_nothing_in_plain_text(secured: MonitorServer) -> None:
    answer = send(secured, f"GET /metrics HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
    assert b"gateway" not in answer


def test_secured_server_serves_others_beside_who_never_shakes_hands(
    secured: MonitorServer, issued: tuple[Path, Path, Path]
) -> None:
    held = [socket.create_connection(secured.address, timeout=10) for _ in range(2)]
    assert get_secured(secured, issued[0], "/healthz", TOKEN)[0] == 200
    for connection in held:
        assert connection.recv(1) == b""  # closed after the time that a request may take
        connection.close()


def test_certificate_is_replaced_without_a_restart_and_a_damaged_one_is_not_taken(
    secured: MonitorServer, issued: tuple[Path, Path, Path]
) -> None:
    ca, certificate, _ = issued
    kept = certificate.read_bytes()
    certificate.write_bytes(b"damaged")
    assert get_secured(secured, ca, "/healthz", TOKEN)[0] == 200
    certificate.write_bytes(kept)
    write_certificates(ca.parent, Authority.make("another", datetime.now(UTC)))
    assert get_secured(secured, ca, "/healthz", TOKEN)[0] == 200  # trusts the new CA alone


def test_certificate_that_is_none_is_said_at_the_start(
    status: FixedStatus, issued: tuple[Path, Path, Path]
) -> None:
    with pytest.raises(OSError, match="PEM"):
        MonitorServer(
            make_registry(status, snapshot, "1.2.3"),
            Health(status, snapshot, now_ns=lambda: NOW_NS),
            MonitorSettings(port=0, certificate=issued[2], private_key=issued[1]),
        )
