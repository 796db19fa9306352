"""The journal's files as Python sees them.

The files are made here, byte by byte from docs/journal.md, and not by the core: what the format says and what
the core reads are held against each other.
"""

import struct
from pathlib import Path

import pytest

from gateway.core import JournalError, JournalReader, RecordKind, SeekOutcome, repair_journal, verify_journal

SEGMENT_BYTES = 8192
HEADER_BYTES = 256
END_OF_BATCH = 1


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def record(lsn: int, kind: int, payload: bytes, *, index: int = 0, last: bool = True, seq: int = 0) -> bytes:
    flags = 0x0200 | (END_OF_BATCH if last else 0)
    body = struct.pack("<IQqQIIHHI", len(payload), lsn, lsn * 1000, seq, 7, 3, kind, flags, index) + payload
    body += bytes(-(4 + len(body)) % 8)
    return struct.pack("<I", crc32c(body)) + body


def mark(records: int, end: int) -> bytes:
    word = records << 32 | end // 8
    return struct.pack("<QQ", word, word ^ 0xFFFFFFFFFFFFFFFF)


def segment(first_lsn: int, records: list[bytes], *, synced: int, next_first_lsn: int = 0) -> bytes:
    identity = struct.pack(
        "<8sIIQQQ20x", b"GWFJRNL1", 1, HEADER_BYTES, SEGMENT_BYTES, first_lsn, first_lsn - 1
    )
    identity += struct.pack("<I", crc32c(identity))
    end = HEADER_BYTES + sum(map(len, records))
    durable_end = HEADER_BYTES + sum(map(len, records[:synced]))
    commit = mark(len(records), end) + struct.pack("<Q40x", next_first_lsn)
    durable = mark(synced, durable_end) + bytes(48)
    boot_id = bytes.fromhex(Path("/proc/sys/kernel/random/boot_id").read_text().replace("-", ""))
    writer = struct.pack("<16sI", boot_id, 0)
    writer += struct.pack("<I40x", crc32c(writer))
    header = identity + commit + durable + writer
    return (header + b"".join(records)).ljust(SEGMENT_BYTES, b"\0")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Two segments: batches of lsn 1-2, 3 and 4, 5-6; the second synced up to lsn 4."""
    first = [
        record(1, 1, b"an event", last=False),
        record(2, 3, b"8=FIX.4.4\x01", index=1, seq=77),
        record(3, 2, b""),
    ]
    second = [record(4, 4, b"checkpoint"), record(5, 1, b"five", last=False), record(6, 1, b"six", index=1)]
    (tmp_path / "00000000000000000001.seg").write_bytes(segment(1, first, synced=3, next_first_lsn=4))
    (tmp_path / "00000000000000000004.seg").write_bytes(segment(4, second, synced=1))
    return tmp_path


def test_reader_iterated_yields_every_record_with_its_fields(journal: Path) -> None:
    records = list(JournalReader(journal))
    assert [r.lsn for r in records] == [1, 2, 3, 4, 5, 6]
    assert [r.kind for r in records[:4]] == [
        RecordKind.EVENT,
        RecordKind.MESSAGE_OUT,
        RecordKind.MESSAGE_IN,
        RecordKind.CHECKPOINT,
    ]
    message = records[1]
    assert (message.time_ns, message.flags, message.client, message.session) == (2000, 0x0201, 7, 3)
    assert (message.seq, message.payload) == (77, b"8=FIX.4.4\x01")
    assert (message.ends_batch, message.batch_first_lsn) == (True, 1)


def test_reader_durable_stops_at_what_was_synced(journal: Path) -> None:
    reader = JournalReader(journal, durable=True)
    assert [r.lsn for r in reader] == [1, 2, 3, 4]
    assert (reader.oldest_lsn, reader.durable_lsn, reader.committed_lsn) == (1, 4, 6)


def test_reader_read_returns_a_window(journal: Path) -> None:
    reader = JournalReader(journal)
    assert [r.lsn for r in reader.read(2, 3)] == [2, 3, 4]
    assert [r.payload for r in reader.read(5, 100)] == [b"five", b"six"]
    assert reader.read(7, 10) == []
    assert [(s.first_lsn, s.last_lsn, s.sealed) for s in reader.segments()] == [(1, 3, True), (4, 6, False)]


def test_reader_seek_says_what_is_there(journal: Path) -> None:
    reader = JournalReader(journal)
    assert reader.seek(5) == SeekOutcome.FOUND
    assert next(reader).lsn == 5
    assert reader.seek(7) == SeekOutcome.AHEAD
    assert next(reader, None) is None
    assert reader.seek(0) == SeekOutcome.BELOW_OLDEST
    assert reader.next_lsn == 1


def test_reader_without_a_journal_raises_with_a_code(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no journal in") as raised:
        JournalReader(tmp_path)
    assert raised.value.code == "io"


def test_verify_of_a_sound_journal_is_clean(journal: Path) -> None:
    report = verify_journal(journal)
    assert report.clean
    assert (report.segments, report.records, report.batches) == (2, 6, 4)
    assert (report.first_lsn, report.last_lsn, report.torn_tail_bytes) == (1, 6, 0)
    assert report.notes == []


def test_repair_of_a_damaged_journal_keeps_the_good_part_and_the_evidence(journal: Path) -> None:
    path = journal / "00000000000000000004.seg"
    image = bytearray(path.read_bytes())
    image[HEADER_BYTES + len(record(4, 4, b"checkpoint")) + 50] ^= 1
    path.write_bytes(image)
    report = verify_journal(journal)
    assert not report.clean
    (damage,) = report.damage
    assert (damage.segment, damage.last_good_lsn) == (path.name, 4)
    reader = JournalReader(journal)
    with pytest.raises(JournalError, match="last good lsn 4") as raised:
        list(reader)
    assert raised.value.code == "damaged"

    repaired = repair_journal(journal, now_ns=5)
    assert (repaired.last_lsn, repaired.next_lsn) == (4, 7)
    assert (journal / "damaged-5" / path.name).read_bytes() == image
    assert (journal / "repair-5.txt").read_text().splitlines() == repaired.actions
    assert verify_journal(journal).clean
    assert [r.lsn for r in JournalReader(journal)] == [1, 2, 3, 4]
