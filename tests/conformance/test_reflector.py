"""The reflector on a port, played by the runner: each version logs on, echoes and rejects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conformance.definitions import complete
from tests.conformance.reflector import IDENTITIES, Identity, new_session
from tests.conformance.runner import play_all, reflector

OLD = ("FIX.4.0", "FIX.4.1")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with reflector() as listening:
        yield listening


def play(folder: Path, port: int, text: str) -> tuple[int, list[str]]:
    (folder / "case.def").write_text(text.replace("|", "\x01"), encoding="latin-1")
    return play_all([folder], "127.0.0.1", port, timeout_s=10.0)


def logon(identity: Identity) -> str:
    """Write the actions that log on: ours and the expected answer."""
    end = f"1137={identity.default_appl_ver_id}|" if identity.default_appl_ver_id else ""
    begin, us = identity.begin_string, identity.target_comp_id
    return (
        "iCONNECT\n"
        f"I8={begin}|35=A|34=1|49={us}|52=<TIME>|56=ISLD|98=0|108=30|{end}\n"
        f"E8={begin}|35=A|34=1|49=ISLD|52={sending_time(identity)}|56={us}|98=0|108=30|{end}\n"
    )


def logout(identity: Identity, seq_in: int, seq_out: int) -> str:
    begin, us = identity.begin_string, identity.target_comp_id
    return (
        f"I8={begin}|35=5|34={seq_in}|49={us}|52=<TIME>|56=ISLD|\n"
        f"E8={begin}|35=5|34={seq_out}|49=ISLD|52={sending_time(identity)}|56={us}|\n"
        "eDISCONNECT\n"
    )


def sending_time(identity: Identity) -> str:
    return "00000000-00:00:00" + ("" if identity.begin_string in OLD else ".000")


@pytest.mark.parametrize(("late_s", "answer"), [(0, b"35=3"), (2.9, b"35=3"), (3.1, b"35=0")])
def test_time_121_s_ahead_is_refused_though_it_is_read_late(late_s: float, answer: bytes) -> None:
    """TestRequest(1) with a time of whole seconds; what is read too late for it is answered like any other."""
    sent_at = datetime(2026, 11, 27, 10, 0, 0, tzinfo=UTC)
    session = new_session(IDENTITIES[4])
    now_ns = int(sent_at.timestamp()) * 10**9
    session.connect(now_ns)

    def message(text: str, at: datetime) -> bytes:
        return complete(
            f"8=FIX.4.4|{text.replace('<AT>', f'{at:%Y%m%d-%H:%M:%S}')}".replace("|", "\x01")
        ).encode()

    session.feed(message("35=A|34=1|49=TW44|52=<AT>|56=ISLD|98=0|108=30|", sent_at))
    assert session.take_next(now_ns) is not None
    session.feed(message("35=1|34=2|49=TW44|52=<AT>|56=ISLD|112=X|", sent_at + timedelta(seconds=121)))
    output = session.take_next(now_ns + int(late_s * 1e9))
    assert output is not None
    assert answer in output.sent[0]


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: identity.target_comp_id)
def test_order_in_every_version_is_echoed_ascending(identity: Identity, tmp_path: Path, port: int) -> None:
    begin, us = identity.begin_string, identity.target_comp_id
    new = begin not in OLD  # before FIX 4.2 an order has no TransactTime(60)
    case = (
        logon(identity)
        + f"I8={begin}|35=D|34=2|49={us}|52=<TIME>|56=ISLD|115=JCD|55=INTC|54=1|40=1|38=100|21=3|11=ID|"
        + f"{'60=<TIME>|' if new else ''}\n"
        + f"E8={begin}|35=D|34=2|49=ISLD|52={sending_time(identity)}|56={us}|128=JCD|"
        + f"11=ID|21=3|38=100|40=1|54=1|55=INTC|{'60=00000000-00:00:00|' if new else ''}\n"
        + logout(identity, 3, 3)
    )
    assert play(tmp_path, port, case) == (1, [])


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: identity.target_comp_id)
def test_message_of_unsupported_type_is_answered_by_the_version(
    identity: Identity, tmp_path: Path, port: int
) -> None:
    begin, us = identity.begin_string, identity.target_comp_id
    header = f"34=2|49=ISLD|52={sending_time(identity)}|56={us}|45=2|"
    if begin in OLD:
        answer = f"35=3|{header}58=Unsupported message type|"
    else:
        answer = f"35=j|{header}58=Unsupported Message Type|372=H|380=3|"
    if identity.default_appl_ver_id:
        answer += f"1137={identity.default_appl_ver_id}|"
    case = (
        logon(identity)
        + f"I8={begin}|35=H|34=2|49={us}|52=<TIME>|56=ISLD|11=ID|54=1|55=INTC|\n"
        + f"E8={begin}|{answer}\n"
        + logout(identity, 3, 3)
    )
    assert play(tmp_path, port, case) == (1, [])


def test_second_connection_of_an_identity_is_refused_until_the_first_ends(tmp_path: Path, port: int) -> None:
    identity = IDENTITIES[4]
    begin, us = identity.begin_string, identity.target_comp_id
    second = f"i2,CONNECT\nI2,8={begin}|35=A|34=1|49={us}|52=<TIME>|56=ISLD|98=0|108=30|\ne2,DISCONNECT\n"
    assert play(tmp_path, port, logon(identity) + second + logout(identity, 2, 2)) == (1, [])
    assert play(tmp_path, port, logon(identity) + logout(identity, 2, 2)) == (1, [])


def test_poss_resend_of_a_seen_order_is_dropped(tmp_path: Path, port: int) -> None:
    identity = IDENTITIES[4]
    begin, us = identity.begin_string, identity.target_comp_id
    order = "11=ID|21=3|40=1|54=1|55=INTC|60=<TIME>|"
    case = (
        logon(identity)
        + f"I8={begin}|35=D|34=2|49={us}|52=<TIME>|56=ISLD|97=Y|{order}\n"
        + f"E8={begin}|35=D|34=2|49=ISLD|52=00000000-00:00:00.000|56={us}|97=Y|{order}\n"
        + f"I8={begin}|35=D|34=3|49={us}|52=<TIME>|56=ISLD|97=Y|{order}\n"
        + logout(identity, 4, 3)
    )
    assert play(tmp_path, port, case) == (1, [])


def test_runner_reports_what_is_not_met(tmp_path: Path, port: int) -> None:
    identity = IDENTITIES[4]
    wrong = logon(identity).replace("98=0|108=30|\n", "98=0|108=31|\n", 2).replace("108=31", "108=30", 1)
    passed, failed = play(tmp_path, port, wrong)
    assert passed == 0
    assert len(failed) == 1
    assert "expected 108=31, was '30'" in failed[0]
    assert "line 3" in failed[0]


@pytest.mark.parametrize("identity", IDENTITIES[:2], ids=lambda identity: identity.target_comp_id)
def test_order_modelled_on_a_later_version_is_told_first_what_it_lacks(
    identity: Identity, tmp_path: Path, port: int
) -> None:
    begin, us = identity.begin_string, identity.target_comp_id
    case = (
        logon(identity)
        + f"I8={begin}|35=D|49={us}|34=2|56=ISLD|52=<TIME>|40=1|60=<TIME>|54=1|38=100|21=3|11=id|\n"
        + f"E8={begin}|35=3|34=2|49=ISLD|52={sending_time(identity)}|56={us}|45=2|58=Required tag missing (55)|\n"
        + f"I8={begin}|35=D|11=id|21=3|40=1|54=1|55=MSFT|60=<TIME>|34=3|49={us}|52=<TIME>|56=ISLD|\n"
        + f"E8={begin}|35=3|34=3|49=ISLD|52={sending_time(identity)}|56={us}|45=3|"
        + "58=Tag specified out of required order (34)|\n"
        + logout(identity, 4, 4)
    )
    assert play(tmp_path, port, case) == (1, [])


@pytest.mark.parametrize("identity", IDENTITIES[-2:], ids=lambda identity: identity.target_comp_id)
def test_field_without_value_is_rejected_where_values_are_checked(
    identity: Identity, tmp_path: Path, port: int
) -> None:
    begin, us = identity.begin_string, identity.target_comp_id
    header = f"34=2|49=ISLD|52={sending_time(identity)}|56={us}|"
    if identity.check_values:
        answer = f"35=3|{header}45=2|58=Tag specified without a value|371=112|372=1|373=4|"
    else:
        answer = f"35=0|{header}112=|"
    case = (
        logon(identity)
        + f"I8={begin}|35=1|34=2|49={us}|52=<TIME>|56=ISLD|112=|\n"
        + f"E8={begin}|{answer}\n"
        + logout(identity, 3, 3)
    )
    assert play(tmp_path, port, case) == (1, [])
