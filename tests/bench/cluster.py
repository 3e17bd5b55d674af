"""A throw-away PostgreSQL for the benchmark, and the backlog W1 in it."""
import os
import pwd
import shutil
import subprocess
import tempfile

BIN = max(
    (os.path.join(root, "bin") for root in
     (os.path.join("/usr/lib/postgresql", v) for v in os.listdir("/usr/lib/postgresql"))
     if os.path.exists(os.path.join(root, "bin", "postgres"))),
    key=lambda path: int(path.split("/")[-2]))

SETTINGS = """
wal_level = logical
fsync = {fsync}
synchronous_commit = on
shared_buffers = 512MB
max_wal_size = 8GB
checkpoint_timeout = 1h
# A worker's CPU would count as the walsender's: both are the postmaster's children.
autovacuum = off
max_replication_slots = 40
max_wal_senders = 40
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{root}'
"""

# Ten columns, some 190 bytes a row; ten changes a transaction: five inserts, four updates, one
# delete. Sixteen tables alike, one for each transaction in turn, so that sinks can share them out.
SCHEMA = """
DO $$ BEGIN FOR i IN 0..15 LOOP EXECUTE format(
  'CREATE TABLE w%s (id int8 PRIMARY KEY, customer int8, name text, note text, price numeric(12,2),
   changed timestamptz, active bool, attributes jsonb, token uuid, quantity int)', i);
END LOOP; END $$;
CREATE PROCEDURE make_backlog(transactions int) LANGUAGE plpgsql AS $$
DECLARE t int; base int8; k int;
BEGIN
  FOR t IN 1..transactions LOOP
    base := (t / 16) * 5;
    k := t % 16;
    EXECUTE format('INSERT INTO w%s SELECT %s + g, g * 7919, ''customer name '' || g,
      ''a note of usual length, number '' || %s, (g * 1.37)::numeric(12,2), now(), g %% 2 = 0,
      jsonb_build_object(''colour'', ''blue'', ''size'', g), gen_random_uuid(), g
      FROM generate_series(1, 5) g', k, base, t);
    EXECUTE format('UPDATE w%s SET quantity = quantity + 1, changed = now()
      WHERE id BETWEEN %s AND %s', k, base + 1, base + 4);
    EXECUTE format('DELETE FROM w%s WHERE id = %s', k, base + 5);
    COMMIT;
  END LOOP;
END $$;
"""


class Cluster:
    """Runs as user postgres when the caller is root. Used as a context manager."""

    def __init__(self, port=54391, fsync="off"):
        self.root = tempfile.mkdtemp(prefix="slotcast-bench-")
        self.port = port
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            shutil.chown(self.root, self.user)
        os.chmod(self.root, 0o755)
        self.data = os.path.join(self.root, "data")
        self.fsync = fsync

    def as_user(self, command):
        if os.getuid() == 0:
            return ["setpriv", "--reuid", self.user, "--regid", self.user, "--init-groups",
                    *command]
        return command

    def run(self, *command):
        subprocess.run(self.as_user(list(command)), check=True, stdout=subprocess.DEVNULL)

    def __enter__(self):
        self.run(f"{BIN}/initdb", "-A", "trust", "-U", "bench", "-D", self.data)
        with open(os.path.join(self.data, "postgresql.conf"), "a") as conf:
            conf.write(SETTINGS.format(fsync=self.fsync, port=self.port, root=self.root))
        self.run(f"{BIN}/pg_ctl", "-D", self.data, "-l", f"{self.root}/server.log", "-w", "start")
        return self

    def __exit__(self, *_):
        self.run(f"{BIN}/pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.root, ignore_errors=True)

    def sql(self, text):
        done = subprocess.run(
            [f"{BIN}/psql", "-h", self.root, "-p", str(self.port), "-U", "bench", "-d", "postgres",
             "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text],
            check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def host(self, transport):
        return self.root if transport == "unix" else "127.0.0.1"

    def make_backlog(self, rows):
        """Publications, the slot every run copies, then the backlog. Returns its end."""
        for statement in SCHEMA.split(";\nCREATE"):
            self.sql(statement if statement.startswith("\nDO") else "CREATE" + statement)
        tables = ", ".join(f"w{i}" for i in range(16))
        self.sql(f"CREATE PUBLICATION bench FOR TABLE {tables}")
        self.sql("CREATE PUBLICATION bench_insert WITH (publish = 'insert')")
        self.sql("SELECT pg_create_logical_replication_slot('base', 'pgoutput')")
        self.sql(f"CALL make_backlog({rows // 10})")
        self.sql("CHECKPOINT")
        return self.sql("SELECT pg_current_wal_flush_lsn()")

    def copy_slot(self, name, source="base"):
        self.sql(f"SELECT pg_copy_logical_replication_slot('{source}', '{name}')")

    def drop_slot(self, name):
        self.sql(f"SELECT pg_drop_replication_slot('{name}')")

    def children_cpu_seconds(self):
        """CPU of the postmaster's finished children: grows by a walsender's when it ends."""
        with open(os.path.join(self.data, "postmaster.pid")) as pid_file:
            pid = int(pid_file.readline())
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
