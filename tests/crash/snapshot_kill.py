#!/usr/bin/python3
"""kill -9 in all phases of snapshots under load, three sinks begun at different times: all end equal."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness import compare, history, processes, stage  # noqa: E402
from harness.case import Case, main  # noqa: E402
from harness.oracle import Oracle  # noqa: E402
from harness.slotcast import Slotcast  # noqa: E402
from harness.workload import KEYS  # noqa: E402

from late_sink import KEYED, is_read  # noqa: E402
from snapshot import Pgbench, fill, point_of, progress  # noqa: E402

FIRST_KILL_S = (0.02, 0.6)
KILL_S = (0.05, 1.2)


def kill_until(case: Case, daemon: Slotcast, kills: int, seconds: tuple[float, float]) -> dict[str, int]:
    """How often each phase was met."""
    phases: dict[str, int] = {}
    for _ in range(kills):
        daemon.start()
        daemon.run_for(case.random.uniform(*seconds))
        phase = progress(daemon).get("state") or "beginning"
        if phase in ("none", "done"):
            phase = "chunks" if not is_read(daemon) else "streaming"
        phases[phase] = phases.get(phase, 0) + 1
        daemon.kill()
    return phases


def check_first(name: str, files: list[stage.StageFile], oracle: Oracle, point: int) -> None:
    """Its copied rows are those of the slot's first position, none twice; a row that changed since
    may be missing there, since the stream has it. The changes are whole."""
    read, changes = compare.split_snapshot(files)
    compare.compare_rows(name, changes, {position: change for position, change
                                         in oracle.changes.items() if position[0] > point})
    before = compare.build([change for position, change in sorted(oracle.changes.items())
                            if position[0] <= point], KEYS)
    seen: set[tuple[str, object]] = set()
    for file in read:
        for line in file.lines:
            change = line.change
            if change.position[0] != point or change.table not in KEYED:
                continue
            key = change.values[KEYED[change.table]]
            processes.require((change.table, key) not in seen, f"{line.place}: copied twice")
            seen.add((change.table, key))
            wanted = compare.without_new(before[change.table].get(key, {}))
            processes.require(compare.without_new(change.values) == wanted,
                              f"{line.place}: not as it was: {wanted}")


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    fill(postgres)
    daemon = case.slotcast(postgres.uri())
    daemon.config["source"]["snapshot"] = {"workers": 2, "range_size": "1MiB", "max_size": "8MiB"}
    load = case.workload(postgres, rows_per_second=400)
    load.start()
    pgbench = Pgbench(case, postgres)
    each = max(1, case.arguments.kills // 3)
    phases: dict[str, int] = {}
    for number, name in enumerate(["first", "second", "third"]):
        tables = "public.*" if number == 0 else sorted(KEYED)
        daemon.add_sink(name, tables=tables, begin="snapshot", max_rows=5000, every="200ms")
        found = kill_until(case, daemon, each, FIRST_KILL_S if number == 0 else KILL_S)
        print(f"  {name}: killed while {found}", flush=True)
        load.check()
        for phase, count in found.items():
            phases[phase] = phases.get(phase, 0) + count
    daemon.start()
    processes.wait_until(lambda: progress(daemon).get("state") == "done" and is_read(daemon),
                         f"all is read\n{daemon.last_words()}", 240)
    pgbench.stop()
    load.stop()
    daemon.stop()
    daemon.drain()
    oracle.read()
    for name, directory in daemon.stages.items():
        files = stage.read_stage(directory)
        compare.compare_state(name, files, postgres, KEYS if name == "first" else KEYED)
        if name == "first":
            check_first(name, files, oracle, point_of(daemon))
    case.counts |= {"kills": 3 * each, "transactions": oracle.transactions,
                    "rows": len(oracle.changes), "LSN of the snapshot":
                    history.format_lsn(point_of(daemon))}


def extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rate", type=int, default=1500, help="transactions per second")


if __name__ == "__main__":
    main(__doc__, run, extend)
