#!/usr/bin/python3
"""PostgreSQL restarted, stopped at once and killed under load: the daemon goes on by itself."""

import signal
import time

from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require, wait_until

TIMES_EACH = 3


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.three_sinks(postgres.uri())
    daemon.start()
    daemon.wait_ready()
    load = case.workload(postgres)
    load.start()
    pid = daemon.pid
    endings = {
        "fast": lambda: postgres.stop(signal.SIGINT),
        "immediate": lambda: postgres.stop(signal.SIGQUIT),
        "kill -9": postgres.kill,
    }
    for name, end in endings.items():
        for _ in range(TIMES_EACH):
            daemon.run_for(case.random.uniform(0.3, 1.2))
            reached = daemon.capture()["logged"]
            end()
            time.sleep(case.random.uniform(0.0, 0.5))
            postgres.start()
            wait_until(lambda: daemon.capture().get("state") == "streaming"
                       and daemon.capture()["logged"] != reached,
                       f"streaming again after {name}\n{daemon.last_words()}")
            load.check()
        print(f"  {name}: {TIMES_EACH} times, {load.rows} rows written so far", flush=True)
    require(daemon.pid == pid and daemon.is_running(), "the daemon did not live through it")
    load.stop()
    case.counts["restarts"] = TIMES_EACH * len(endings)
    case.finish(daemon, postgres, oracle)


if __name__ == "__main__":
    main(__doc__, run)
