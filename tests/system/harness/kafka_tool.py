"""Kafka's own Java clients, kept running: tests/support/kafka/Tool.java says what they can do."""

import json
import pathlib
import subprocess
import typing

from . import processes

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "support/kafka"


class KafkaRefused(Exception):
    """An exception of Java's; `kind` is its class, such as TopicExistsException."""

    def __init__(self, kind: str, message: str):
        super().__init__(f"{kind}: {message}")
        self.kind = kind


def script(path: pathlib.Path) -> list[str]:
    """The lines that it prints. Fetching and compiling take time only once."""
    done = subprocess.run(["bash", str(path)], capture_output=True, text=True, check=False)
    processes.require(done.returncode == 0, f"{path.name}: {done.stderr}")
    return done.stdout.splitlines()


class KafkaTool:
    """One process of its own. Without properties it asks no broker."""

    def __init__(self, directory: pathlib.Path, properties: dict[str, str] | None = None,
                 java_options: list[str] | None = None):
        directory.mkdir(parents=True, exist_ok=True)
        self._log = directory / "tool.log"
        file = directory / "tool.properties"
        file.write_text(java_properties(properties or {}))
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "java", *script(SOURCES / "tool.sh"), "-Xmx512m",
                 *(java_options or []), "slotcast.kafka.Tool", str(file)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8")

    def __call__(self, do: str, **arguments: object) -> typing.Any:
        """The answer to one command. Raises KafkaRefused."""
        commands = typing.cast(typing.TextIO, self._process.stdin)
        answers = typing.cast(typing.TextIO, self._process.stdout)
        commands.write(json.dumps({"do": do, **arguments}) + "\n")
        commands.flush()
        line = answers.readline()
        processes.require(line != "", f"Kafka's clients ended: {self.log_tail()}")
        answer = json.loads(line)
        if "error" in answer:
            raise KafkaRefused(answer["error"], answer["message"])
        return answer["ok"]

    def cleanup(self) -> None:
        self._process.kill()
        self._process.communicate()

    def log_tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def java_properties(values: dict[str, str]) -> str:
    """A text as java.util.Properties reads it."""
    return "".join(f"{name}={value}\n".replace("\\", "\\\\") for name, value in values.items())
