#!/usr/bin/python3
"""SIGKILL of the daemon amid transactions that are delivered in parts, while the topic's limit changes: each
row is in the topic once, or else a dead letter, and once they are sent again all rows are there.

The broker is Apache's own, the consumer kcat; what should be there says test_decoding.
"""

import argparse
import json
import pathlib
import signal
import sys
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness import compare, history, kafka_rows, kafka_sink, stage  # noqa: E402
from harness.case import Case, main  # noqa: E402
from harness.kafka import KafkaServer  # noqa: E402
from harness.oracle import Oracle  # noqa: E402
from harness.processes import require, wait_until  # noqa: E402

SINK, TABLE = "parts", "public.large"
TOPIC = f"{SINK}.{TABLE}"
# Of what a topic takes, in bytes, and of bodies: most are taken by any limit, and a few by none.
LIMITS = (20_000, 25_000, 30_000, 36_000)
SMALL, LARGE = (1_000, 15_000), (18_000, 42_000)
UNLIMITED = 1_000_000
LARGE_EVERY = 40
SECONDS = 60


class Scene:
    def __init__(self, case: Case):
        self.case = case
        self.postgres = case.postgres()
        self.postgres.query("CREATE TABLE large (id int PRIMARY KEY, body text)")
        self.server = KafkaServer(case.directory / "kafka")
        case.on_cleanup(self.server.cleanup)
        self.server.start()
        self.oracle = Oracle(self.postgres)
        self.daemon = case.slotcast(self.postgres.uri(), "limits")
        kafka_sink.add(self.daemon, SINK, [self.server.bootstrap()], TABLE, "divert", "200ms",
                       max_transaction="1MiB", partition="single", compression="none",
                       transaction_timeout="20s", answer_timeout="10s")
        self.server.create_topic(TOPIC, max_message_bytes=str(LIMITS[0]))
        self.rows = 0
        self.begin = 0  # before the last transaction, an LSN

    def commit(self, rows: int) -> None:
        """A transaction of so many rows, whose sizes go by their ids."""
        ((lsn,),) = self.postgres.query("SELECT pg_current_wal_lsn()::text")
        self.begin = history.parse_lsn(lsn)
        self.postgres.query(
            "INSERT INTO large SELECT i, left(repeat(md5(i::text), 1400),"
            " CASE WHEN i %% %s = 0 THEN %s + abs(hashint4(i)) %% %s ELSE %s + abs(hashint4(i)) %% %s END)"
            " FROM generate_series(%s::int, %s::int) AS i",
            LARGE_EVERY, LARGE[0], LARGE[1] - LARGE[0], SMALL[0], SMALL[1] - SMALL[0],
            self.rows + 1, self.rows + rows)
        self.rows += rows

    def letters(self) -> set[history.Position]:
        path = self.daemon.state / "dead_letters" / f"{SINK}.jsonl"
        letters = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        positions = {(history.parse_lsn(letter["lsn"]), int(letter["seq"])) for letter in letters}
        require(len(positions) == len(letters), "a row is a letter twice")
        return positions

    def progress(self) -> dict[str, typing.Any]:
        """The last record of it."""
        topic = kafka_sink.progress_topic(self.daemon, SINK)
        messages = self.server.read_topic(topic) if topic in self.server.topics() else []
        records = [json.loads(message.value) for message in messages if b'"batch"' in (message.value or b"")]
        return records[-1] if records else {"lsn": "0/0"}

    def is_through(self) -> bool:
        return history.parse_lsn(self.progress()["lsn"]) > self.begin

    def wait_through(self) -> None:
        wait_until(self.is_through, f"the transaction is not delivered\n{self.daemon.last_words()}", SECONDS)


def kill_amid_parts(scene: Scene) -> bool:
    """False when the transaction was through before."""
    case, daemon = scene.case, scene.daemon
    scene.commit(case.arguments.rows)
    while True:
        daemon.run_for(case.random.uniform(0.02, 0.2))
        daemon.pause()  # it is looked at slowly
        is_amid = bool(scene.progress().get("part", {}).get("left_out"))
        if scene.is_through() or (is_amid and case.random.random() < 0.7):
            daemon.kill()
            return is_amid
        daemon.signal(signal.SIGCONT)


def kill_often(scene: Scene) -> int:
    """How often it was amid parts that had left rows out."""
    case, daemon, amid = scene.case, scene.daemon, 0
    for turn in range(case.arguments.kills):
        amid += kill_amid_parts(scene)
        # Up and down: a topic takes now what it did not, or the other way round.
        limits = LIMITS[2:] if turn % 2 == 0 else LIMITS[:2]
        scene.server.alter_topic(TOPIC, max_message_bytes=str(case.random.choice(limits)))
        daemon.start()
        daemon.wait_ready()
        scene.wait_through()
    return amid


def check_split(scene: Scene, expected: history.History) -> set[history.Position]:
    letters = scene.letters()
    taken = {position: change for position, change in expected.items() if position not in letters}
    require(len(expected) - len(taken) == len(letters), "a letter of no row")
    compare.compare_rows(SINK, kafka_rows.read_rows(scene.server, SINK + "."), taken)
    for position in letters:
        size = len(expected[position].values["body"])
        require(size > LIMITS[0] - 1_000, f"a row of {size} bytes is a letter")
    for position, change in taken.items():
        size = len(change.values["body"])
        require(size < LIMITS[-1], f"a row of {size} bytes was taken, {position}")
    return letters


def check_redriven(scene: Scene, expected: history.History, letters: set[history.Position]) -> None:
    scene.server.alter_topic(TOPIC, max_message_bytes=str(UNLIMITED))
    said = scene.daemon.command("sink", "redrive", SINK)
    require(f"got {len(letters)} of its dead letters" in said.stdout, said.stdout + said.stderr)
    files = kafka_rows.read_rows(scene.server, SINK + ".")
    late = [line for file in files for line in file.lines if line.change.position in letters]
    for file in files:
        file.lines = [line for line in file.lines if line.change.position not in letters]
    compare.compare_rows(SINK, [*files, stage.StageFile("late", f"{TABLE}/late", late)], expected)


def run(case: Case) -> None:
    scene = Scene(case)
    scene.daemon.start()
    scene.daemon.wait_ready()
    scene.commit(LARGE_EVERY)
    scene.wait_through()
    amid = kill_often(scene)
    expected = scene.oracle.read()
    require(len(expected) == scene.rows, "rows that were committed")
    letters = check_split(scene, expected)
    check_redriven(scene, expected, letters)
    require(amid > 0 or case.arguments.kills == 0, "no kill was amid parts that had left rows out")
    scene.daemon.stop()
    case.counts |= {"rows": len(expected), "letters": len(letters), "kills": case.arguments.kills,
                    "amid parts that had left rows out": amid}


def extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--rows", type=int, default=3000, help="of each transaction")


if __name__ == "__main__":
    main(__doc__, run, extend)
