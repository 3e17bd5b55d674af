"""The program under test: its configuration, its life, and what it says of itself."""

import json
import os
import pathlib
import signal
import subprocess
import time
import typing
import urllib.error
import urllib.request

from . import processes


class Slotcast:
    """One pipeline. start() and kill() as often as wished; the state stays."""

    def __init__(self, program: str, directory: pathlib.Path, uri: str, name: str = "test"):
        directory.mkdir(parents=True, exist_ok=True)
        self.program = program
        self.directory = directory
        self.state = directory / "state"
        self.port = processes.free_port()
        self.stages: dict[str, pathlib.Path] = {}
        self.config: dict[str, typing.Any] = {
            "name": name,
            "state": str(self.state),
            # Often, so that an end is likely to fall right behind a confirmation.
            "source": {"postgres": uri, "status_interval": "5ms"},
            "log": {"max_size": "1GiB", "segment_size": "1MiB"},
            "admin": {"listen": f"127.0.0.1:{self.port}"},
            "sinks": {},
            "routes": [],
        }
        self.variables: dict[str, str] = {}  # of the environment, besides the test's own
        self._process: subprocess.Popen | None = None

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.variables}

    @property
    def slot(self) -> str:
        return "slotcast_" + self.config["name"]

    def add_sink(self, name: str, stage: pathlib.Path | None = None,
                 tables: str | list[str] = "public.*", begin: str = "now", **batch: object) -> pathlib.Path:
        stage = stage or self.directory / f"stage_{name}"
        stage.mkdir(parents=True, exist_ok=True)
        self.add_stage(name, stage, {"url": f"file://{stage}"}, tables, begin, **batch)
        return stage

    def add_stage(self, name: str, folder: pathlib.Path, stage: dict[str, object],
                  tables: str | list[str] = "public.*", begin: str = "now", **batch: object) -> None:
        """`folder` is where a test finds the files of a stage that is described by `stage`."""
        self.stages[name] = folder
        sink: dict[str, typing.Any] = {
            "stage": {"pattern": "{schema}.{table}/%Y%m%d-%U.jsonl", **stage}, "start": begin}
        if batch:
            sink["batch"] = batch
        self.config["sinks"][name] = sink
        self.config["routes"].append({"from": tables, "to": [name]})

    @property
    def config_path(self) -> pathlib.Path:
        return self.directory / "pipeline.yaml"

    @property
    def stderr_path(self) -> pathlib.Path:
        return self.directory / "stderr"

    def write_config(self) -> None:
        self.config_path.write_text(json.dumps(self.config, indent=1))  # JSON is YAML

    def start(self, *arguments: str) -> None:
        processes.require(self._process is None, "the daemon is started twice")
        self.write_config()
        with open(self.stderr_path, "ab") as log:
            self._process = subprocess.Popen(
                [self.program, "run", "-c", self.config_path, *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment())

    def command(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess:
        """One of the other verbs."""
        return subprocess.run([self.program, *arguments, "-c", self.config_path],
                              capture_output=True, text=True, check=False, timeout=seconds,
                              env=self._environment())

    @property
    def pid(self) -> int:
        return typing.cast(subprocess.Popen, self._process).pid

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ended_early(self) -> str:
        code = self._process.poll() if self._process else None
        return f"the daemon ended by itself with {code}:\n{self.last_words()}"

    def http(self, path: str) -> tuple[int, str]:
        """Status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError:
            return 0, ""

    def status(self) -> dict[str, typing.Any] | None:
        code, text = self.http("/v1/status")
        return json.loads(text) if code == 200 else None

    def capture(self) -> dict[str, typing.Any]:
        return (self.status() or {}).get("capture") or {}

    def sink(self, name: str) -> dict[str, typing.Any]:
        sinks = (self.status() or {}).get("sinks") or []
        return next((sink for sink in sinks if sink["name"] == name), {})

    def wait_ready(self, seconds: float = 30) -> None:
        def ready() -> bool:
            processes.require(self.is_running(), self.ended_early())
            return self.http("/readyz")[0] == 200
        processes.wait_until(ready, f"the daemon is not ready\n{self.last_words()}", seconds)

    def signal(self, number: signal.Signals) -> None:
        typing.cast(subprocess.Popen, self._process).send_signal(number)

    def wait(self, seconds: float = 60) -> int:
        """The exit code; negative for the signal that killed it."""
        process = typing.cast(subprocess.Popen, self._process)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as late:
            raise processes.TestFailed(
                f"the daemon does not end within {seconds} s:\n{self.last_words()}") from late
        self._process = None
        return code

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.wait(10)

    def pause(self) -> None:
        """Returns when no thread is on its way any more, in a call of the kernel neither."""
        def stands() -> bool:
            processes.require(self.is_running(), self.ended_early())
            tasks = pathlib.Path(f"/proc/{self.pid}/task").iterdir()
            states = [(task / "stat").read_text().rsplit(")", 1)[1].split()[0] for task in tasks]
            return set(states) == {"T"}
        self.signal(signal.SIGSTOP)
        processes.wait_until(stands, "the daemon does not stand still", 30)

    def stop(self) -> None:
        self.signal(signal.SIGTERM)
        code = self.wait()
        processes.require(code == 0, f"SIGTERM ended with {code}:\n{self.last_words()}")

    def drain(self, seconds: float = 120) -> None:
        """Runs until every sink has all that is committed now."""
        self.start("--until", "now")
        code = self.wait(seconds)
        processes.require(code == 0, f"run --until now ended with {code}:\n{self.last_words()}")

    def stderr(self) -> str:
        return self.stderr_path.read_text(errors="replace") if self.stderr_path.exists() else ""

    def last_words(self) -> str:
        return self.stderr()[-3000:]

    def run_for(self, seconds: float) -> None:
        """Lets it work; fails at once when it ends by itself."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            processes.require(self.is_running(), self.ended_early())
            time.sleep(min(0.05, max(0.0, deadline - time.monotonic())))

    def cleanup(self) -> None:
        if self.is_running():
            self.signal(signal.SIGCONT)
            self.kill()
