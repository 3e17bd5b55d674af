"""slotcast itself: its configuration, its status, its end."""
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from . import user

SINKS = ["all", "dbo", "pgbench"]

CONFIGURATION = """\
name: demo
state: {root}/state
source: {{ postgres: "{uri}" }}
admin: {{ listen: "127.0.0.1:{port}" }}
sinks:
{sinks}routes:
  - {{ from: "public.*", to: [all, pgbench] }}
  - {{ from: "dbo.*", to: [all, dbo] }}
"""

SINK = """\
  {name}:
    stage: {{ url: "file://{root}/files/{name}", pattern: "{{schema}}.{{table}}/%H%M%S-%U.jsonl" }}
    batch: {{ every: 1s }}
"""

# No proxy: the daemon is on this machine.
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    """Used as a context manager. The program is copied: its folder may be closed to the user."""

    def __init__(self, root, program, uri):
        self.root = root
        self.port = free_port()
        self.program = shutil.copy(program, os.path.join(root, "slotcast"))
        self.configuration = os.path.join(root, "pipeline.yaml")
        self.log = os.path.join(root, "slotcast.log")
        self._write(uri)

    def _write(self, uri):
        for name in SINKS:
            os.makedirs(self.files(name))
            user.own(self.files(name))
        sinks = "".join(SINK.format(name=name, root=self.root) for name in SINKS)
        with open(self.configuration, "w") as out:
            out.write(CONFIGURATION.format(root=self.root, uri=uri, port=self.port, sinks=sinks))

    def files(self, sink):
        return os.path.join(self.root, "files", sink)

    def __enter__(self):
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                user.command([self.program, "run", "-c", self.configuration]),
                cwd=self.root, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def wait_ready(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            self._must_run()
            try:
                self._get("/readyz")
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"slotcast is not ready after 30 s: see {self.log}")

    def status(self):
        self._must_run()
        return json.loads(self._get("/v1/status"))

    def stop(self):
        """SIGTERM, as systemd would; whatever does not end with 0 is an error."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        if code != 0:
            raise RuntimeError(f"slotcast ended with {code} on SIGTERM: see {self.log}")

    def _must_run(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"slotcast ended with {self.process.returncode}: see {self.log}")

    def _get(self, path):
        with HTTP.open(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read()
