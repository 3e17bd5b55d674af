"""Holds the manifest of a stage in a bucket against its objects, as any loader would read both."""

import json
import pathlib

from . import history
from .processes import require

POLYNOMIAL = 0x82F63B78  # of CRC-32C, its bits reversed


def make_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = make_table()


def crc32c(data: bytes) -> str:
    rest, table = 0xFFFFFFFF, TABLE
    for byte in data:
        rest = table[(rest ^ byte) & 0xFF] ^ rest >> 8
    return f"{rest ^ 0xFFFFFFFF:08x}"


def read(folder: pathlib.Path) -> dict[str, dict]:
    """Its lines by file, each file once, each line in the object of its batch."""
    found: dict[str, dict] = {}
    for path in sorted((folder / "_manifest").glob("*/*.jsonl")):
        text = path.read_text()
        require(text.endswith("\n"), f"{path}: the last line has no end")
        for line in text.splitlines():
            entry = json.loads(line)
            require(entry["file"] not in found, f"{path}: {entry['file']} is in the manifest twice")
            require(entry["batch"] == path.stem, f"{path}: a line of another batch: {line}")
            found[entry["file"]] = entry
    return found


def position(entry: dict) -> history.Position:
    return history.parse_lsn(entry["lsn"]), entry["seq"]


def check(folder: pathlib.Path) -> int:
    """Every object of rows is in the manifest and is what that says of it. Returns how many."""
    entries = read(folder)
    objects = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    rows = {name for name in objects if not name.startswith(("_manifest/", ".slotcast/"))}
    require(rows == set(entries), f"not in the manifest: {sorted(rows - set(entries))}, not there: "
                                  f"{sorted(set(entries) - rows)}")
    for name, entry in entries.items():
        data = (folder / name).read_bytes()
        found = {"bytes": len(data), "crc32c": crc32c(data), "rows": data.count(b"\n")}
        require(found == {key: entry[key] for key in found}, f"{name}: {found}, not as in {entry}")
        lines = [json.loads(line) for line in data.split(b"\n")[:-1]]
        places = [(history.parse_lsn(line["_lsn"]), int(line["_seq"])) for line in lines]
        require((min(places), max(places)) == (position(entry["first"]), position(entry["last"])),
                f"{name}: its rows are not those of {entry}")
        require(f"_manifest/schemas/{entry['schema_version']}.json" in objects,
                f"{name}: nothing says what its columns are")
    return len(entries)
