"""`gateway doctor` on configurations, files and ports that are well or not, and on a kernel described by files."""

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.cli.certificates import Authority, write_private, write_public
from gateway.cli.doctor_disk import file_system_of, space_finding, sync_finding
from gateway.cli.doctor_finding import Finding, Severity, worst
from gateway.cli.doctor_gateway import sqlite_finding
from gateway.cli.doctor_machine import ClockState, Limits, clock_findings, kernel_findings, read_clock
from gateway.config import load_settings
from gateway.config.open_files import open_files
from gateway.store import schema
from tests.unit.cli.cli_runner import gateway

GIB = 1 << 30
GOOD_LIMITS = Limits(locked_memory_bytes=-1, open_files=65_536, core_bytes=0)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    assert gateway("init", tmp_path).code == 0
    path = tmp_path / "gateway.yaml"
    text = path.read_text().replace("127.0.0.1:7010", "127.0.0.1:0").replace("127.0.0.1:7011", "127.0.0.1:0")
    path.write_text(text)
    return path


def kernel(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def of(findings: list[Finding], subject: str) -> Finding:
    return next(finding for finding in findings if finding.subject == subject)


def doctor(config: Path) -> tuple[int, list[Finding]]:
    result = gateway("doctor", "-c", config, "--json")
    answer = json.loads(result.out)
    return result.code, [
        Finding(one["area"], one["subject"], Severity[one["severity"].upper()], one["found"], one["advice"])
        for one in answer["findings"]
    ]


def test_good_configuration_has_no_errors_and_says_what_was_looked_at(config: Path) -> None:
    code, found = doctor(config)
    assert code in (0, 7)  # this machine may deserve a warning
    assert worst(found) < Severity.ERROR
    assert {"configuration", "ports", "journal", "database", "disk", "clock", "limits"} <= {
        one.area for one in found
    }
    assert all(one.advice for one in found if one.severity > Severity.NOTE)
    assert not list(config.parent.glob(".doctor-*"))


def test_people_read_the_advice_under_what_was_found(config: Path) -> None:
    config.write_text(config.read_text() + "\nfoo: 1\n")
    result = gateway("doctor", "-c", config)
    assert result.code == 8
    assert "error   foo: unknown key 'foo'" in result.out
    assert "gateway check-config" in result.out


def test_missing_configuration_is_an_error_that_names_init(tmp_path: Path) -> None:
    code, found = doctor(tmp_path / "none.yaml")
    assert code == 8
    assert "gateway init" in found[0].advice


def test_taken_port_is_an_error(config: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        config.write_text(config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}", 1))
        code, found = doctor(config)
    taken = of(found, "api.bind")
    assert code == 8
    assert taken.severity is Severity.ERROR
    assert f":{port}" in taken.advice


@pytest.mark.parametrize(
    ("made", "severity", "said"),
    [
        (timedelta(days=0), Severity.OK, "days left"),
        (timedelta(days=380), Severity.WARNING, "expires in 1"),
        (timedelta(days=500), Severity.ERROR, "has expired"),
        (timedelta(days=-2), Severity.ERROR, "valid only from"),
    ],
)
def test_certificate_is_judged_by_its_dates(
    made: timedelta, severity: Severity, said: str, config: Path
) -> None:
    now = datetime.now(UTC)
    authority = Authority.make("test CA", now)
    certificate, key = authority.issue(["localhost"], now - made, server=True)
    folder = config.parent
    write_public(folder / "server.crt", certificate + authority.certificate_bytes)
    write_private(folder / "server.key", key)
    text = config.read_text()
    config.write_text(
        text.replace("api:\n", "api:\n  tls: {certificate: server.crt, private_key: server.key}\n", 1)
    )
    _, found = doctor(config)
    judged = of(found, "api.tls.certificate")
    assert judged.severity is severity
    assert said in judged.found


def test_chain_in_the_wrong_order_and_a_key_for_everyone_are_errors(config: Path) -> None:
    now = datetime.now(UTC)
    authority, other = Authority.make("test CA", now), Authority.make("other CA", now)
    certificate, key = authority.issue(["localhost"], now, server=True)
    folder = config.parent
    write_public(folder / "server.crt", certificate + other.certificate_bytes)
    write_public(folder / "server.key", key)
    text = config.read_text()
    config.write_text(
        text.replace("api:\n", "api:\n  tls: {certificate: server.crt, private_key: server.key}\n", 1)
    )
    code, found = doctor(config)
    assert code == 8
    assert any(one.area == "certificates" and "chmod 600" in one.advice for one in found)
    chain = [one for one in found if "is not issued by" in one.found]
    assert [one.severity for one in chain] == [Severity.ERROR]


def test_database_of_an_unknown_revision_is_an_error_and_an_old_one_a_note(config: Path) -> None:
    url = f"sqlite:///{config.parent / 'gateway.db'}"
    schema.upgrade(url)
    assert of(doctor(config)[1], "tables").severity is Severity.OK
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'from-the-future'")
    code, found = doctor(config)
    assert (code, of(found, "tables").severity) == (8, Severity.ERROR)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    assert of(doctor(config)[1], "tables").severity is Severity.NOTE
    engine.dispose()


def test_kernel_that_is_set_up_well_has_nothing_to_say(tmp_path: Path) -> None:
    root = kernel(
        tmp_path,
        sys__kernel__mm__transparent_hugepage__enabled="always [madvise] never",
        proc__swaps="Filename Type Size Used Priority",
        proc__sys__vm__swappiness="60",
        proc__sys__net__core__somaxconn="4096",
        sys__devices__system__cpu__cpu0__cpufreq__scaling_governor="performance",
        sys__devices__system__clocksource__clocksource0__current_clocksource="tsc",
    )
    found = [*kernel_findings(root, GOOD_LIMITS), *clock_findings(root, ClockState(True, 900))]
    assert len(found) == 9
    assert worst(found) is Severity.OK
    assert not any(one.advice for one in found)


def test_kernel_settings_that_slow_orders_are_warnings_with_what_to_do(tmp_path: Path) -> None:
    root = kernel(
        tmp_path,
        sys__kernel__mm__transparent_hugepage__enabled="[always] madvise never",
        proc__swaps="Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2",
        proc__sys__vm__swappiness="60",
        proc__sys__net__core__somaxconn="128",
        sys__devices__system__cpu__cpu0__cpufreq__scaling_governor="powersave",
        sys__devices__system__clocksource__clocksource0__current_clocksource="hpet",
    )
    limits = Limits(locked_memory_bytes=65_536, open_files=1_024, core_bytes=-1)
    found = [*kernel_findings(root, limits), *clock_findings(root, ClockState(False, 16_000_000))]
    warned = {one.subject for one in found if one.severity is Severity.WARNING}
    assert warned == {
        "transparent huge pages", "swap", "CPU governor", "open files", "source", "synchronisation",
    }  # fmt: skip
    noted = {one.subject for one in found if one.severity is Severity.NOTE}
    assert noted == {"net.core.somaxconn", "locked memory", "core files"}
    assert all(one.advice for one in found)


def test_clock_that_is_kept_and_far_off_is_a_warning(tmp_path: Path) -> None:
    (far,) = clock_findings(tmp_path, ClockState(True, 250_000))
    assert (far.severity, far.found) == (Severity.WARNING, "off by up to 250 ms")
    (silent,) = clock_findings(tmp_path, None)
    assert silent.severity is Severity.NOTE


def test_kernel_of_this_machine_answers_about_its_clock() -> None:
    state = read_clock()
    assert state is None or state.max_error_us >= 0


def test_disk_is_judged_by_room_speed_and_kind() -> None:
    assert space_finding(500 * GIB, 1_000 * GIB, 64 << 20).severity is Severity.OK
    assert space_finding(5 * GIB, 50 * GIB, 64 << 20).severity is Severity.WARNING
    assert space_finding(100 << 20, 50 * GIB, 64 << 20).severity is Severity.ERROR
    assert sync_finding([0.2] * 50, "disk").severity is Severity.OK
    assert sync_finding([12.0] * 50, "disk").severity is Severity.WARNING
    assert sync_finding([12.0] * 50, "process").severity is Severity.OK
    mounts = (
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "40 22 0:35 / /srv rw - nfs4 host:/srv rw\n"
        "41 40 0:36 / /srv/my\\040disk rw - xfs /dev/sdb rw\n"
    )
    kinds = {path: file_system_of(Path(path), mounts) for path in ("/a", "/srv/j", "/srv/my disk/j", "/srvx")}
    assert kinds == {"/a": "ext4", "/srv/j": "nfs4", "/srv/my disk/j": "xfs", "/srvx": "ext4"}


def test_old_sqlite_is_an_error() -> None:
    assert sqlite_finding((3, 34, 1)).severity is Severity.ERROR
    assert sqlite_finding((3, 40, 1)).severity is Severity.OK


@pytest.mark.parametrize(
    ("allowed", "severity"), [(5_999, Severity.WARNING), (6_000, Severity.OK), (-1, Severity.OK)]
)
def test_open_files_are_judged_by_what_the_configuration_asks_for(
    tmp_path: Path, allowed: int, severity: Severity
) -> None:
    limits = Limits(locked_memory_bytes=-1, open_files=allowed, core_bytes=0)
    found = of(list(kernel_findings(tmp_path, limits, files_needed=6_000)), "open files")
    assert found.severity is severity
    assert ("LimitNOFILE=6000" in found.advice) is (severity is Severity.WARNING)


def test_files_of_every_connection_are_asked_for(config: Path) -> None:
    before = load_settings(config)
    config.write_text(config.read_text().replace("\napi:\n", "\napi:\n  limits: {connections: 1700}\n"))
    assert open_files(load_settings(config)) == open_files(before) + 700
