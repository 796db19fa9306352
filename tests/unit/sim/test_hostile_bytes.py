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
@settings(
    deadline=None,
    max_examples=300,
    # The factory makes a new venue for each example; the fixture itself holds no state.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_venue_survives_damaged_messages_and_serves_others(make_venue, sequence):
    venue = make_venue()
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
