"""One run of one test: arguments, a directory, a server, the daemon, and what is said at the end."""

import argparse
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time
import traceback
import typing

from . import compare, stage
from .oracle import Oracle
from .postgres import Postgres
from .processes import TestFailed, require
from .slotcast import Slotcast
from .workload import KEYS, TABLES, Workload


class Case:
    """Whatever it makes it also ends, however the test ends."""

    def __init__(self, arguments: argparse.Namespace, name: str):
        self.arguments = arguments
        self.name = name
        self.seed: int = arguments.seed
        self.random = random.Random(self.seed)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"slotcast-{name}-"))
        self.directory.chmod(0o755)
        self.counts: dict[str, object] = {}
        self._cleanups: list[typing.Callable[[], None]] = []
        self._daemons: list[Slotcast] = []

    def on_cleanup(self, cleanup: typing.Callable[[], None]) -> None:
        self._cleanups.append(cleanup)

    def postgres(self, name: str = "postgres", with_tables: bool = True, **options: typing.Any) -> Postgres:
        postgres = Postgres(self.directory / name, **options)
        self.on_cleanup(postgres.cleanup)
        postgres.start()
        if with_tables:
            postgres.query(TABLES)
        return postgres

    def slotcast(self, uri: str, name: str = "test", directory: pathlib.Path | None = None) -> Slotcast:
        daemon = Slotcast(self.arguments.slotcast, directory or self.directory / f"daemon_{name}", uri, name)
        self._daemons.append(daemon)
        self.on_cleanup(daemon.cleanup)
        return daemon

    def workload(self, postgres: Postgres, **options: typing.Any) -> Workload:
        return Workload(postgres, self.seed, **options)

    def three_sinks(self, uri: str) -> Slotcast:
        """With different limits, so that their batches never end at the same places."""
        daemon = self.slotcast(uri)
        daemon.add_sink("a", max_rows=200, max_size="1MiB", every="100ms")
        daemon.add_sink("b", max_rows=5000, max_size="256KiB", every="300ms")
        daemon.add_sink("c", max_rows=37, max_size="8MiB", every="1s")
        return daemon

    def finish(self, daemon: Slotcast, postgres: Postgres, oracle: Oracle) -> None:
        """The load has ended: drains, then holds every sink against the server."""
        if daemon.is_running():
            daemon.stop()
        daemon.drain()
        self.compare(daemon, postgres, oracle)

    def compare(self, daemon: Slotcast, postgres: Postgres, oracle: Oracle) -> None:
        expected = oracle.read()
        require(len(expected) > 0, "the load made no change at all")
        for name, directory in daemon.stages.items():
            files = stage.read_stage(directory)
            compare.compare_rows(name, files, expected)
            compare.compare_state(name, files, postgres, KEYS)
        self.counts |= {"transactions": oracle.transactions, "rows": len(expected),
                        "sinks": len(daemon.stages)}

    def last_words(self) -> str:
        return "".join(f"--- stderr of {daemon.config['name']} ---\n{daemon.last_words()}\n"
                       for daemon in self._daemons)

    def cleanup(self) -> None:
        while self._cleanups:
            try:
                self._cleanups.pop()()
            except Exception:  # pylint: disable=broad-except
                traceback.print_exc()


def parse(about: str, extend: typing.Callable[[argparse.ArgumentParser], None] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--slotcast", default=os.environ.get("SLOTCAST"), help="the program to test")
    parser.add_argument("--seed", type=int, default=None, help="repeats a run's random choices")
    parser.add_argument("--keep", action="store_true", help="leave the directory behind")
    if extend:
        extend(parser)
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(1_000_000)
    if not arguments.slotcast or not os.access(arguments.slotcast, os.X_OK):
        sys.exit(f"no program at --slotcast or $SLOTCAST: {arguments.slotcast}")
    arguments.slotcast = os.path.abspath(arguments.slotcast)
    return arguments


def main(about: str, run: typing.Callable[[Case], None],
         extend: typing.Callable[[argparse.ArgumentParser], None] | None = None) -> None:
    """Runs one test program and ends the process with 0 or 1."""
    arguments = parse(about, extend)
    name = pathlib.Path(sys.argv[0]).stem
    case = Case(arguments, name)
    print(f"{name}: seed {arguments.seed}", flush=True)
    began = time.monotonic()
    failed = False
    try:
        run(case)
    except TestFailed as failure:
        failed = True
        print(f"{name}: FAILED: {failure}\n{case.last_words()}", flush=True)
    except BaseException:  # pylint: disable=broad-except
        failed = True
        traceback.print_exc()
        print(case.last_words(), flush=True)
    finally:
        case.cleanup()
    counts = ", ".join(f"{value} {what}" for what, value in case.counts.items())
    if failed:
        print(f"{name}: failed with seed {case.seed}; files are in {case.directory}")
        sys.exit(1)
    if not arguments.keep:
        shutil.rmtree(case.directory, ignore_errors=True)
    print(f"{name}: ok: {counts}; seed {case.seed}, {time.monotonic() - began:.0f} s")
