#!/usr/bin/python3
"""What a user is told when a stage in a bucket is set up wrongly: by check, check --live and run,
which sink it is and what to do, and never a secret."""

import re
import signal
import typing

from harness import s3_server, stage
from harness.case import Case, main
from harness.processes import require, wait_until
from harness.s3_proxy import Request, S3Proxy
from harness.s3_server import S3Server
from harness.slotcast import Slotcast

CANARY = "canary-7731"
KEYS = {"access_key_id": "${env:TEST_KEY_ID}", "secret_access_key": "${env:TEST_SECRET}"}
WRONG = {**KEYS, "secret_access_key": "${env:TEST_WRONG_SECRET}"}
NOBODY = {**KEYS, "access_key_id": "${env:TEST_WRONG_KEY_ID}"}
MISTAKEN, REFUSED = 2, 78
TABLES = "CREATE TABLE t (id int PRIMARY KEY, note text)"


class Scene:
    """Each sink has another mistake; `good` has none."""

    def __init__(self, case: Case):
        self.case = case
        self.postgres = case.postgres(with_tables=False)
        self.postgres.query(TABLES)
        self.server = S3Server(case.directory / "s3")
        case.on_cleanup(self.server.cleanup)
        self.server.start()
        self.skewed = self.proxy(lambda request: "skewed")
        self.stalled = ""  # the method and words of the requests that nobody answers
        self.stalling = self.proxy(self.stall)

    def proxy(self, next_fault: typing.Callable[[Request], str | None]) -> S3Proxy:
        proxy = S3Proxy(self.server.port, next_fault)
        self.case.on_cleanup(proxy.close)
        return proxy

    def stall(self, request: Request) -> str | None:
        method, _, words = self.stalled.partition(" ")
        return "stall" if words and request.method == method and words in request.target else None

    def daemon(self, name: str) -> Slotcast:
        daemon = self.case.slotcast(self.postgres.uri(), name)
        daemon.variables = {
            "TEST_KEY_ID": s3_server.ACCESS_KEY_ID, "TEST_SECRET": s3_server.SECRET_ACCESS_KEY,
            "TEST_WRONG_SECRET": CANARY, "TEST_WRONG_KEY_ID": "NOBODY" + CANARY,
            "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(daemon.directory)}
        return daemon

    def add(self, daemon: Slotcast, name: str, keys: dict[str, str] | None = None,
            bucket: str = s3_server.BUCKET, **s3: str) -> None:
        settings = {"endpoint": self.server.url, "region": s3_server.REGION, "connect_timeout": "2s",
                    **(KEYS if keys is None else keys), **s3}
        settings = {key: value for key, value in settings.items() if value}
        daemon.add_stage(name, self.server.folder(name), {
            "url": f"s3://{bucket}/{name}", "s3": settings}, every="50ms")

    def all_mistakes(self, daemon: Slotcast) -> None:
        self.add(daemon, "good")
        self.add(daemon, "wrong_secret", WRONG)
        self.add(daemon, "wrong_key", NOBODY)
        self.add(daemon, "no_bucket", bucket="no-such-bucket")
        self.add(daemon, "no_server", endpoint="http://127.0.0.1:1")
        self.add(daemon, "skewed", endpoint=self.skewed.url)
        self.add(daemon, "no_keys", {})


# What is said of each, and whether waiting can help.
SAID = {
    "wrong_secret": ("the secret access key does not belong to the access key id; correct the "
                     "credentials", "failed"),
    "wrong_key": ("the server does not know this access key id; correct the credentials", "failed"),
    "no_bucket": ("make the bucket or correct the stage's url", "failed"),
    "no_server": ("look whether the endpoint is right and can be reached from here", "retrying"),
    "skewed": ("clock and the server's differ too much; set it right (NTP)", "retrying"),
    "no_keys": ("AWS_ACCESS_KEY_ID", "failed"),
}


def words_of(text: str) -> str:
    """Without the line breaks and columns."""
    return re.sub(r"\s+", " ", text)


def check_secrets(text: str) -> None:
    for secret in (CANARY, s3_server.SECRET_ACCESS_KEY):
        require(secret not in text, f"a secret is printed:\n{text}")


def offline(scene: Scene) -> None:
    """What needs no server to be known."""
    daemon = scene.daemon("offline")
    scene.add(daemon, "fine")
    daemon.write_config()
    require(daemon.command("check").returncode == 0, "check needs a server")
    scene.add(daemon, "no_region", endpoint="", region="")
    scene.add(daemon, "half_keys", {"access_key_id": "${env:TEST_KEY_ID}"})
    scene.add(daemon, "odd_endpoint", endpoint=f"http://user:{CANARY}@host")
    daemon.write_config()
    done = daemon.command("check")
    said = done.stdout + done.stderr
    if scene.case.arguments.show:
        print(said)
    require(done.returncode == MISTAKEN, f"check ended with {done.returncode}: {said}")
    for name, phrase in (("no_region", "S3 needs a region: set it in the stage's s3, AWS_REGION or"),
                         ("half_keys", "only one of access_key_id and secret_access_key"),
                         ("odd_endpoint", "the endpoint of S3 is not https://host")):
        lines = [line for line in said.splitlines() if phrase in line]
        require(bool(lines) and all(name in line for line in lines), f"not said of {name}:\n{said}")
    require("sinks.fine" not in said, f"something is said of a good one:\n{said}")
    check_secrets(said)


def live(scene: Scene) -> None:
    daemon = scene.daemon("live")
    scene.all_mistakes(daemon)
    daemon.write_config()
    done = daemon.command("check", "--live")
    said = done.stdout + done.stderr
    if scene.case.arguments.show:
        print(said)
    require(done.returncode == REFUSED, f"check --live ended with {done.returncode}: {said}")
    for name, (phrase, _) in SAID.items():
        about = words_of(said).split(f"ERROR sink {name}: ")
        require(len(about) == 2, f"nothing, or too much, is said of {name}:\n{said}")
        require(phrase in about[1].split(" ERROR ")[0], f"\"{phrase}\" is not said of {name}:\n{said}")
    require("ERROR sink good" not in said, f"something is said of a good one:\n{said}")
    require(not scene.server.folder("good").exists(), "the check left something in the bucket")
    check_secrets(said)


def running(scene: Scene) -> None:
    """What passes is tried again; what does not stops that sink alone, and a good one delivers."""
    daemon = scene.daemon("running")
    scene.all_mistakes(daemon)
    daemon.start()
    wait_until(lambda: daemon.capture().get("state") == "streaming", "capture runs")
    scene.postgres.query("INSERT INTO t VALUES (1, 'one')")
    for name, (phrase, state) in SAID.items():
        wait_until(lambda name=name, state=state: daemon.sink(name).get("state") == state,
                   f"sink {name} is {state}")
        said = [line for line in daemon.stderr().splitlines()
                if f"sink {name}: " in line and phrase in line]
        require(bool(said), f"\"{phrase}\" is not said of {name}:\n{daemon.last_words()}")
    wait_until(lambda: len(stage.read_stage(scene.server.folder("good"))) == 1, "the good one delivers")
    tries = daemon.stderr().count("sink no_server: will try again")
    wait_until(lambda: daemon.stderr().count("sink no_server: will try again") > tries, "tried again")
    require(daemon.is_running(), "the daemon ended")
    check_secrets(daemon.stderr() + daemon.http("/v1/status")[1] + daemon.http("/metrics")[1])
    daemon.signal(signal.SIGTERM)
    daemon.wait()


def stalled(scene: Scene) -> None:
    """A server that does not answer keeps nobody from stopping the daemon, and no row is lost."""
    daemon = scene.daemon("stalled")
    daemon.config["shutdown_timeout"] = "2s"
    # By itself it would give up after 30 s, and a completion after 15 minutes.
    scene.add(daemon, "stalled", endpoint=scene.stalling.url)
    daemon.start()
    daemon.wait_ready()
    for number, request in enumerate(("PUT uploads", "PUT partNumber=", "POST uploadId="), 2):
        wait_until(lambda: daemon.sink("stalled").get("state") == "running", "the sink runs")
        before = scene.stalling.counts["stall"]
        scene.stalled = request
        scene.postgres.query(f"INSERT INTO t VALUES ({number}, 'stalled')")
        wait_until(lambda: scene.stalling.counts["stall"] > before, f"{request} stalls")
        daemon.signal(signal.SIGTERM)
        daemon.wait(15)
        scene.stalled = ""
        daemon.start()
        daemon.wait_ready()
    daemon.stop()
    daemon.drain()
    rows = [line.change.values["id"] for file in stage.read_stage(scene.server.folder("stalled"))
            for line in file.lines]
    require(sorted(rows) == ["2", "3", "4"], f"rows {rows}, not 2 to 4")
    require(not scene.server.unfinished("stalled/"), "an upload is left unfinished")


SCENES = [offline, live, running, stalled]


def run(case: Case) -> None:
    scene = Scene(case)
    chosen = [one for one in SCENES if case.arguments.only in (None, one.__name__)]
    for one in chosen:
        one(scene)
        print(f"  {one.__name__}: as said", flush=True)
    case.counts["scenes"] = len(chosen)


def extend(parser) -> None:
    parser.add_argument("--only", help="one scene's name")
    parser.add_argument("--show", action="store_true", help="prints what is said")


if __name__ == "__main__":
    main(__doc__, run, extend)
