"""Reads what a stage sink delivered, file by file, as any user of the files would."""

import dataclasses
import pathlib

from . import history
from .processes import TestFailed


@dataclasses.dataclass
class Line:
    change: history.Change
    place: str  # file:line


@dataclasses.dataclass
class StageFile:
    name: str
    table: str
    lines: list[Line]


def read_stage(stage: pathlib.Path) -> list[StageFile]:
    """Every visible file, whatever it is called; .slotcast/ holds the unfinished ones, and
    _manifest/ what slotcast says of the others."""
    files = []
    for path in sorted(stage.rglob("*")):
        relative = path.relative_to(stage)
        if path.is_dir() or relative.parts[0] in (".slotcast", "_manifest", "lost+found"):
            continue
        files.append(read_file(path, str(relative)))
    return files


def read_file(path: pathlib.Path, name: str) -> StageFile:
    table = name.split("/")[0]
    text = path.read_text(encoding="utf-8")
    if text and not text.endswith("\n"):
        raise TestFailed(f"{path}: the last line has no end: {text[-80:]!r}")
    lines = []
    for number, line in enumerate(text.split("\n")[:-1], 1):
        place = f"{path}:{number}"
        try:
            row = history.parse_json(line)
            position = (history.parse_lsn(row.pop("_lsn")), int(row.pop("_seq")))
            change = history.Change(position, table, row.pop("_op"), row, row.pop("_ts"))
        except (ValueError, KeyError, AttributeError) as problem:
            raise TestFailed(f"{place}: not a row: {problem!r}: {line[:200]}") from problem
        lines.append(Line(change, place))
    if not lines:
        raise TestFailed(f"{path}: an empty file was made visible")
    return StageFile(name, table, lines)
