"""A throw-away PostgreSQL with the demonstration's tables."""
import os
import subprocess

from . import user

CONF = """
wal_level = logical
listen_addresses = ''
unix_socket_directories = '{root}'
max_connections = 40
shared_buffers = 128MB
"""

TABLES = """
CREATE SCHEMA dbo;
CREATE TABLE dbo.constants (
  constantid int PRIMARY KEY, key text NOT NULL, value text, description text,
  insertutcdate timestamptz NOT NULL DEFAULT now(), extraf float8, extraf_1 numeric(12,4));
CREATE TABLE dbo.enumdescriptor (
  enumdescriptorid int PRIMARY KEY, enumtypeid int NOT NULL, name text NOT NULL, value text,
  languageresourceid int, insertutcdate timestamptz NOT NULL DEFAULT now());
-- Stored outside the row and uncompressed, so that an update of another column leaves it unsent.
ALTER TABLE dbo.constants ALTER description SET STORAGE EXTERNAL;
"""


def binaries():
    """The newest server that Debian's packages have put here."""
    base = "/usr/lib/postgresql"
    versions = [v for v in os.listdir(base) if os.path.exists(f"{base}/{v}/bin/postgres")]
    return f"{base}/{max(versions, key=int)}/bin"


class Server:
    """Used as a context manager: started on entry, stopped on exit."""

    def __init__(self, root):
        self.root = root
        self.data = os.path.join(root, "postgresql")
        self.bin = binaries()
        # Values as slotcast's own session has them printed.
        self.environment = dict(
            os.environ, PGHOST=root, PGUSER="demo", PGDATABASE="postgres",
            PGOPTIONS="-c TimeZone=UTC -c DateStyle=ISO -c extra_float_digits=1")

    def __enter__(self):
        self._run("initdb", "-A", "trust", "-U", "demo", "-E", "UTF8", "--locale=C.UTF-8",
                  "--no-sync", "-D", self.data)
        with open(os.path.join(self.data, "postgresql.conf"), "a") as conf:
            conf.write(CONF.format(root=self.root))
        self._control("-l", os.path.join(self.root, "postgresql.log"), "-w", "start")
        self.sql(TABLES)
        return self

    def __exit__(self, *_):
        self._control("-m", "fast", "-w", "stop")

    def uri(self):
        return f"postgresql://demo@/postgres?host={self.root}"

    def start(self, program, *arguments):
        return subprocess.Popen(
            user.command([f"{self.bin}/{program}", *arguments]), env=self.environment,
            cwd=self.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def sql(self, text):
        """What psql prints, without header and alignment."""
        return self._run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text)

    def _control(self, *arguments):
        self._run("pg_ctl", "-D", self.data, *arguments, silent=True)

    def _run(self, program, *arguments, silent=False):
        # pg_ctl's server would hold a pipe open for ever: it gets none.
        out = subprocess.DEVNULL if silent else subprocess.PIPE
        done = subprocess.run(
            user.command([f"{self.bin}/{program}", *arguments]), env=self.environment,
            cwd=self.root, stdin=subprocess.DEVNULL, stdout=out, stderr=out, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stderr or self.root + '/postgresql.log'}")
        return done.stdout
