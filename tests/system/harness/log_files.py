"""The log's files, read from what lib/log/FORMAT.md says and nothing else."""

import dataclasses
import pathlib
import struct

MESSAGE, CATALOG, RELATION, BEGIN, COMMIT, ABANDON, POSITION = range(1, 8)
FIRST_BLOCK = 4096
SEGMENT_HEADER = 128
BLOCK_HEADER = 96
HAS_SCHEMA = 1


def crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = crc_table()


def crc32c(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value = TABLE[(value ^ byte) & 255] ^ value >> 8
    return value ^ 0xFFFFFFFF


class Malformed(Exception):
    pass


def demand(condition: bool, what: str) -> None:
    if not condition:
        raise Malformed(what)


@dataclasses.dataclass
class Record:
    number: int
    type: int
    payload: bytes


@dataclasses.dataclass
class Block:
    number: int
    flags: int
    first_record: int
    synced_block: int
    open_begin: int
    complete: int
    end_lsn: int
    crc: int
    size: int  # on disk
    records: list[Record]


@dataclasses.dataclass
class Segment:
    name: str
    epoch: int
    first_record: int
    first_block: int
    synced_block: int
    start_lsn: int
    previous_epoch: int
    previous_end: int
    previous_crc: int
    open_begin: int
    blocks: list[Block]
    end: int  # in bytes


def read_block(data: bytes, at: int, epoch: int) -> Block | None:
    """Nothing where no whole block of this epoch stands."""
    header = data[at:at + BLOCK_HEADER]
    if len(header) < BLOCK_HEADER or header[:4] != b"SBLK":
        return None
    version, flags = struct.unpack_from("<HH", header, 4)
    block_epoch, number, first, count, size, synced, open_begin, complete, lsn = struct.unpack_from(
        "<QQQIIQQQQ", header, 8)
    payload_crc, = struct.unpack_from("<I", header, 76)
    crc, = struct.unpack_from("<I", header, 92)
    payload = data[at + BLOCK_HEADER:at + BLOCK_HEADER + size]
    if block_epoch != epoch or crc32c(header[:92]) != crc or crc32c(payload) != payload_crc:
        return None
    demand(version == 1, f"block {number}: version {version}")
    records = []
    place = 0
    while place < size:
        kind, length = struct.unpack_from("<BI", payload, place)
        demand(place + 5 + length <= size, f"block {number}: a record does not fit")
        records.append(Record(first + len(records), kind, payload[place + 5:place + 5 + length]))
        place += 5 + length
    demand(len(records) == count, f"block {number}: {len(records)} records, not {count}")
    aligned = (BLOCK_HEADER + size + 63) // 64 * 64
    demand(not any(data[at + BLOCK_HEADER + size:at + aligned]), f"block {number}: padding")
    return Block(number, flags, first, synced, open_begin, complete, lsn, crc, aligned, records)


def read_segment(name: str, data: bytes) -> Segment:
    demand(data[:8] == b"SLOTLOG1", f"{name}: magic")
    demand(struct.unpack_from("<I", data, 8)[0] == 1, f"{name}: version")
    epoch, first, block, synced, lsn, before, before_end = struct.unpack_from("<QQQQQQQ", data, 16)
    before_crc, open_begin = struct.unpack_from("<IQ", data, 72)
    demand(struct.unpack_from("<I", data, 124)[0] == crc32c(data[:124]), f"{name}: checksum")
    demand(name == f"{first:016x}.seg", f"{name}: holds record {first} first")
    demand(not any(data[SEGMENT_HEADER:FIRST_BLOCK]), f"{name}: bytes before the first block")
    segment = Segment(name, epoch, first, block, synced, lsn, before, before_end, before_crc,
                      open_begin, [], FIRST_BLOCK)
    while found := read_block(data, segment.end, epoch):
        segment.blocks.append(found)
        segment.end += found.size
    return segment


def check_schema(segment: Segment, known: dict[tuple[int, bytes], bytes]) -> None:
    """The first block of a segment repeats what was known; flags say which blocks hold schema."""
    repeated = set()
    for position, block in enumerate(segment.blocks):
        schema = [record for record in block.records if record.type in (CATALOG, RELATION)]
        demand(bool(schema) == bool(block.flags & HAS_SCHEMA), f"block {block.number}: flags")
        for record in schema:
            key = (record.type, record.payload[:4])
            if position == 0 and known.get(key) == record.payload:
                repeated.add(key)
            known[key] = record.payload
    if segment.blocks:
        missing = [key for key in known if key not in repeated and
                   not any(record.payload[:4] == key[1] for block in segment.blocks
                           for record in block.records if record.type == key[0])]
        demand(not missing, f"{segment.name}: schema not repeated: {missing}")


def check_chain(segments: list[Segment]) -> None:
    """Numbers without holes, each header naming the one before, and what each says of the end."""
    previous: Block | None = None
    before: Segment | None = None
    known: dict[tuple[int, bytes], bytes] = {}
    open_begin = 0
    for segment in segments:
        if before is not None and previous is not None:
            demand((segment.previous_epoch, segment.previous_end) == (before.epoch, before.end),
                   f"{segment.name}: the segment before")
            demand(segment.previous_crc == previous.crc, f"{segment.name}: the block before")
        demand(segment.open_begin == open_begin, f"{segment.name}: open transaction")
        for block in segment.blocks:
            if previous is not None:
                demand(block.number == previous.number + 1, f"block {block.number}: number")
                demand(block.first_record == previous.first_record + len(previous.records),
                       f"block {block.number}: first record")
                demand(block.end_lsn >= previous.end_lsn, f"block {block.number}: LSN")
                demand(block.synced_block < block.number, f"block {block.number}: synced")
            open_begin = check_bounds(block, open_begin)
            previous = block
        check_schema(segment, known)
        before = segment


def check_bounds(block: Block, open_begin: int) -> int:
    complete = 0
    for record in block.records:
        if record.type == BEGIN:
            demand(open_begin == 0, f"record {record.number}: Begin inside a transaction")
            open_begin = record.number
        elif record.type in (COMMIT, ABANDON):
            demand(open_begin != 0, f"record {record.number}: an end without a Begin")
            open_begin = 0
        if open_begin == 0:
            complete = record.number
    demand(block.open_begin == open_begin, f"block {block.number}: open transaction")
    demand(block.complete == complete, f"block {block.number}: complete through {block.complete}")
    return open_begin


def read_log(directory: pathlib.Path) -> list[Segment]:
    """All segments, checked in themselves and against each other."""
    segments = [read_segment(path.name, path.read_bytes())
                for path in sorted(directory.glob("*.seg"))]
    check_chain(segments)
    return segments


def committed(segments: list[Segment]) -> list[list[bytes]]:
    """The messages of each committed transaction, Begin and Commit included, in commit order."""
    transactions: list[list[bytes]] = []
    current: list[bytes] = []
    for segment in segments:
        for block in segment.blocks:
            for record in block.records:
                if record.type == BEGIN:
                    current = []
                if record.type in (BEGIN, MESSAGE, COMMIT):
                    current.append(record.payload)
                if record.type == COMMIT:
                    transactions.append(current)
    return transactions
