"""Whatever arrives: no crash, and what is sound between the rubbish is understood."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.wire import Frame, Framer, Garbage

SOUND = b"8=FIX.4.4\x019=5\x0135=0\x0110=163\x01"


def pieces(data, size):
    framer, found = Framer(1000), []
    for i in range(0, len(data), size):
        framer.feed(data[i : i + size])
        found += framer.frames()
    return found


@pytest.mark.parametrize("size", range(1, 40))
def test_frames_are_the_same_however_the_stream_is_cut(size):
    stream = SOUND + b"rubbish8=FI" + SOUND + b"8=FIX.4.4\x019=5\x0135=1\x0110=163\x01" + SOUND
    frames = [item.data for item in pieces(stream, size) if isinstance(item, Frame)]
    assert frames == [SOUND] * 3


def test_start_of_a_message_inside_a_broken_one_is_found():
    broken = b"8=FIX.4.4\x019=40\x0135=0\x01"
    found = pieces(broken + SOUND + b"x" * 60, 1000)
    assert Frame(SOUND) in found


@given(st.binary(max_size=300), st.integers(1, 50))
def test_every_byte_is_in_a_frame_or_in_garbage_or_waits(data, size):
    framer, out = Framer(100), b""
    for i in range(0, len(data), size):
        framer.feed(data[i : i + size])
        out += b"".join(item.data for item in framer.frames())
    assert data.startswith(out)
    assert len(data) - len(out) <= 100


@given(st.lists(st.sampled_from([SOUND, b"\x01", b"8=", b"10=000\x01", b"8=FIX", b"9=5\x01"]), max_size=30))
def test_sound_message_after_rubbish_and_a_full_message_is_always_found(parts):
    rubbish = b"".join(parts)
    framer = Framer(100)
    framer.feed(rubbish + b"\x00" * 100 + SOUND)
    items = list(framer.frames())
    assert items[-1] == Frame(SOUND)
    assert all(isinstance(item, Frame | Garbage) for item in items)


# Faults that never happen: every byte passes through their layer all the same.
NOTHING = """\
name: nothing
purpose: Look at everything and change nothing.
rules:
- {name: in, when: {message: D, fields: {11: never}}, do: [drop]}
- {name: out, when: {at: sending, fields: {58: never}}, do: [drop]}
- {name: report, when: {at: reporting, fields: {58: never}}, do: [drop]}
- {name: request, when: {at: request, fields: {11: never}}, do: [hold]}
"""

MESSAGES = [
    "35=D|11=a|55=ABC|54=1|38=100|40=2|44=10.00",
    "35=G|11=b|41=a|55=ABC|54=1|38=50|40=2|44=10.01",
    "35=F|11=c|41=b|55=ABC|54=1",
    "35=H|11=a|55=ABC|54=1",
    "35=2|7=1|16=0",
    "35=4|123=Y|36=9",
    "35=1|112=t",
    "35=A|98=0|108=30|141=Y",
    "35=D|95=3|96=a=b|11=d|55=ABC|54=1|38=1|40=1",
]
mutations = st.tuples(
    st.sampled_from(MESSAGES), st.integers(0, 400), st.binary(min_size=0, max_size=3), st.booleans()
)


@given(st.lists(mutations, max_size=12))
@pytest.mark.parametrize("scenario", ["", NOTHING], ids=["bare", "behind-faults"])
@settings(
    deadline=None,
    max_examples=80,
    # The factory makes a new venue for each example; the fixture itself holds no state.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_venue_survives_damaged_messages_and_serves_others(make_venue, scenario, sequence):
    venue = make_venue(scenario=scenario)
    client = venue.client().logon()
    for text, where, insert, seal in sequence:
        if client.closed is not None:
            break
        data = bytearray(client.bytes_of(text))
        at = where % len(data)
        data[at : at + 1] = insert
        if seal:  # with lengths and checksum made right again, the damage passes the framer
            body = bytes(data).split(b"\x01", 2)[-1].rsplit(b"\x0110=", 1)[0] + b"\x01"
            head = b"8=FIX.4.4\x019=%d\x01" % len(body)
            data = bytearray(head + body + b"10=%03d\x01" % (sum(head + body) % 256))
        client.raw(bytes(data))
    venue.advance(200)
    other = venue.client("OTHER").logon()
    assert other.say("35=1|112=alive")[0][112] == "alive"
    assert venue.simulator.ledger.imbalances() == {}


LENGTHS = [
    b"2147483648",
    b"4294967301",
    b"-1",
    b"9" * 30,
    b"",
    b"+5",
    b"5.0",
    b"0x5",
    b"5 ",
    b"\xff",
    b"00000000000000005",
]


@pytest.mark.parametrize("scenario", ["", NOTHING], ids=["bare", "behind-faults"])
@pytest.mark.parametrize("length", LENGTHS, ids=repr)
def test_length_that_cannot_be_is_ignored_and_its_number_not_used(make_venue, length, scenario):
    venue = make_venue(scenario=scenario)
    client = venue.client().logon()
    assert client.raw(b"8=FIX.4.4\x019=" + length + b"\x0135=0\x0134=2\x0110=000\x01") == []
    assert client.say("35=1|112=alive")[0][112] == "alive"
    assert venue.inner.registry.get("GW").next_in == 3


def test_length_that_never_ends_holds_no_more_than_a_message(make_venue):
    framer = Framer(1000)
    framer.feed(b"8=FIX.4.4\x019=900\x01")
    held = 0
    for _ in range(100_000):
        framer.feed(b"35=0\x01")
        held = max(held, len(framer._buffer) - framer._at)
        list(framer.frames())
    assert held <= 1100


def test_client_that_sends_a_byte_at_a_time_is_understood_or_given_up(make_venue):
    venue = make_venue("session: {logon_timeout_s: 5}\nliquidity: {enabled: false}\n")
    slow = venue.client().connect()
    for byte in slow.bytes_of("35=A|98=0|108=30"):
        assert slow.closed is None
        slow.raw(bytes([byte]))
    assert venue.simulator.logged_on == ["GW"]
    never = venue.client("NEVER").connect()
    data = never.bytes_of("35=A|98=0|108=30")
    for byte in data[:50]:
        never.raw(bytes([byte]))
        venue.advance(1)
        if never.closed:
            break
    assert never.closed == "no Logon within 5 s"


def test_many_silent_connections_are_given_up_and_hurt_nobody(make_venue):
    venue = make_venue("session: {logon_timeout_s: 5}\nliquidity: {enabled: false}\n")
    client = venue.client().logon()
    silent = [venue.client(f"S{i}").connect() for i in range(1000)]
    assert client.say("35=1|112=alive")[0][112] == "alive"
    venue.advance(6)
    assert {one.closed for one in silent} == {"no Logon within 5 s"}
    assert client.say("35=1|112=still")[0][112] == "still"
    assert len(venue.simulator.open_connections) == 1


@pytest.mark.parametrize("size", [1, 7, 64])
def test_sound_messages_between_garbage_are_all_answered_however_they_are_cut(make_venue, size):
    venue = make_venue(scenario=NOTHING)
    client = venue.client().logon()
    stream = b"".join(b"\x00\xffrubbish8=FI" + client.bytes_of(f"35=1|112=t{i}") for i in range(10))
    heard = []
    for i in range(0, len(stream), size):
        heard += [m[112] for m in client.raw(stream[i : i + size])]
    assert heard == [f"t{i}" for i in range(10)]
