#!/usr/bin/python3
"""Two stages in a bucket under load, through a proxy that cuts, stalls, resets, answers 503 and
500, while the S3 server goes down and comes back and the daemon is killed: each row is there once,
the manifest says what is there, and no upload is left unfinished."""

import argparse
import random
import time

from harness import compare, manifest, s3_server, stage
from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require, wait_until
from harness.s3_proxy import KINDS, Request, S3Proxy
from harness.s3_server import S3Server
from harness.slotcast import Slotcast

COMPARE_EVERY = 10
CALM_S = 0.25  # between two faults, on average
GUST_S = 0.03  # who comes later is spared: one that asks but now and then has a chance, too
# A request that stalls is given up soon, so that many fit into the time.
S3 = {"region": s3_server.REGION, "path_style": "true", "connect_timeout": "1s",
      "stall_timeout": "1s", "request_timeout": "2s"}
# Behind the keys that the load uses; some 20 MiB in one transaction: an object of several parts.
LARGE = "INSERT INTO toast SELECT {first} + g, repeat(chr(48 + g), 500000), 1 FROM generate_series(1, 40) g"


class Weather:
    """What the proxy does to requests; from the seed, but for the order in which they come."""

    def __init__(self, case: Case):
        self._random = random.Random(f"{case.seed} weather")
        self._next = time.monotonic()
        self._hand: list[str] = []  # dealt like cards, so that none is left out for long
        self.is_fair = False

    def __call__(self, _: Request) -> str | None:
        late_s = time.monotonic() - self._next
        if self.is_fair or late_s < 0:
            return None
        self._next = time.monotonic() + self._random.expovariate(1 / CALM_S)
        if late_s > GUST_S:
            return None
        self._hand = self._hand or self._random.sample(KINDS, len(KINDS))
        return self._hand.pop()


class Scene:
    def __init__(self, case: Case):
        self.case = case
        self.postgres = case.postgres()
        self.oracle = Oracle(self.postgres)
        self.server = S3Server(case.directory / "s3")
        case.on_cleanup(self.server.cleanup)
        self.server.start()
        self.weather = Weather(case)
        self.proxy = S3Proxy(self.server.port, self.weather)
        case.on_cleanup(self.proxy.close)
        self.daemon = self.make_daemon()
        self.counts = {"kills": 0, "stops": 0, "server_kills": 0}
        self.large = 0

    def make_daemon(self) -> Slotcast:
        """Keys from the environment for one sink, from a file for the other; the other has so
        little memory that its objects are finished before their batches."""
        daemon = self.case.slotcast(self.postgres.uri())
        daemon.variables = {"AWS_ACCESS_KEY_ID": s3_server.ACCESS_KEY_ID,
                            "AWS_SECRET_ACCESS_KEY": s3_server.SECRET_ACCESS_KEY,
                            "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(daemon.directory)}
        key = daemon.directory / "key"
        key.write_text(s3_server.SECRET_ACCESS_KEY)
        key.chmod(0o600)
        own = {"access_key_id": "${env:AWS_ACCESS_KEY_ID}", "secret_access_key": f"${{file:{key}}}",
               "buffer_size": "512KiB"}
        for name, more, batch in (("a", {}, {"max_rows": 300, "every": "100ms"}),
                                  ("b", own, {"max_rows": 20000, "every": "1s"})):
            daemon.add_stage(name, self.server.folder(f"lake_{name}"), {
                "url": f"s3://{s3_server.BUCKET}/lake_{name}",
                "s3": {"endpoint": self.proxy.url, **S3, **more}}, **batch)
        return daemon

    def kill(self) -> None:
        """What the killed one left is gone soon after the next start, whatever else begins."""
        self.daemon.kill()
        wait_until(self.proxy.is_idle, "requests of the killed daemon end")
        left = self.server.unfinished()
        self.counts["kills"] += 1
        self.daemon.start()
        wait_until(lambda: not left & self.server.unfinished(),
                   f"uploads of the killed daemon are left: {left}", 60)

    def stop(self) -> None:
        wait_until(self.daemon.status, "the daemon answers")  # and hears signals
        self.daemon.stop()
        self.counts["stops"] += 1
        self.daemon.start()

    def kill_server(self) -> None:
        self.server.kill()
        self.counts["server_kills"] += 1
        self.daemon.run_for(self.case.random.uniform(0.1, 1.0))
        self.server.start()

    def add_large(self) -> None:
        self.large += 1
        self.postgres.query(LARGE.format(first=10_000_000 + 100 * self.large))

    def round(self) -> None:
        self.daemon.run_for(self.case.random.uniform(0.3, 2.0))
        self.case.random.choice([self.kill, self.kill, self.kill, self.stop, self.kill_server])()

    def delivered(self, until_end: bool) -> list[int]:
        expected = self.oracle.read()
        return [compare.compare_rows(name, stage.read_stage(folder), expected, until_end)
                for name, folder in self.daemon.stages.items()]

    def finish(self) -> None:
        """In fair weather, so that what is left would stay."""
        self.weather.is_fair = True
        wait_until(self.daemon.status, "the daemon answers")
        self.case.finish(self.daemon, self.postgres, self.oracle)
        self.case.counts |= self.counts
        objects = {name: manifest.check(folder) for name, folder in self.daemon.stages.items()}
        left = self.server.unfinished()
        require(not left, f"unfinished uploads are left: {sorted(left)}")
        self.case.counts |= {"objects": objects, "requests": self.proxy.requests,
                             "faults": dict(self.proxy.counts)}


def run(case: Case) -> None:
    scene = Scene(case)
    scene.daemon.start()
    scene.daemon.wait_ready()
    load = case.workload(scene.postgres, rows_per_second=case.arguments.rate)
    load.start()
    scene.add_large()
    for number in range(1, case.arguments.rounds + 1):
        scene.round()
        load.check()
        if number % COMPARE_EVERY == 0:
            load.stop()
            print(f"  {number} rounds: delivered {scene.delivered(until_end=False)}, "
                  f"{scene.counts}, faults {sum(scene.proxy.counts.values())}", flush=True)
            load = case.workload(scene.postgres, after=load, rows_per_second=case.arguments.rate)
            load.start()
    load.stop()
    scene.finish()
    require(all(scene.proxy.counts.values()), f"a fault never happened: {scene.proxy.counts}")


def extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--rate", type=float, default=300, help="rows per second")


if __name__ == "__main__":
    main(__doc__, run, extend)
