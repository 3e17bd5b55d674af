#!/usr/bin/python3
"""A second daemon on the same state, stage or slot refuses or waits, and does no harm."""

import time

from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require, wait_until

REFUSED = (2, 78)


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    first = case.three_sinks(postgres.uri())
    first.start()
    first.wait_ready()
    load = case.workload(postgres)
    load.start()

    second = case.slotcast(postgres.uri(), "second")
    second.config["source"]["slot"] = first.slot
    second.config["state"] = first.config["state"]
    second.add_sink("a", every="100ms")
    second.start()
    code = second.wait(30)
    require(code in REFUSED, f"same state directory: ended with {code}\n{second.last_words()}")
    require(str(first.pid) in second.stderr(),
            f"the other's process id {first.pid} is not said\n{second.last_words()}")

    second.config["state"] = str(second.state)
    second.start()
    code = second.wait(30)
    require(code == 78, f"same slot, other state: ended with {code}\n{second.last_words()}")
    require("exists already" in second.stderr(), second.last_words())

    second.config["source"]["adopt"] = True
    second.start()
    # While the first moves the slot on, the second may see that as a gap instead.
    wait_until(lambda: "is in use by process" in second.stderr() or not second.is_running(),
               f"the second says that the slot is in use\n{second.last_words()}")
    time.sleep(1)
    require(postgres.value("SELECT count(*) FROM pg_stat_replication WHERE application_name"
                           " LIKE 'slotcast%%' AND state = 'streaming'") <= 1, "two walsenders stream")
    if second.is_running():
        second.kill()
    else:
        code = second.wait()
        require(code == 78, f"same slot, adopted: ended with {code}\n{second.last_words()}")
    require(first.is_running() and first.capture()["state"] == "streaming",
            f"the first was disturbed\n{first.last_words()}")
    load.stop()
    case.finish(first, postgres, oracle)


if __name__ == "__main__":
    main(__doc__, run)
