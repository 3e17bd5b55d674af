"""The writers: pgbench's own transactions, and changes to the two tables in dbo."""
import os

SECONDS = 20

# Ids come from a small range, so that inserts, updates and deletes keep meeting the same rows;
# the update leaves the long description alone.
CHANGES = """
\\set id random(1, 2000)
\\set other random(1, 2000)
\\set gone random(1, 2000)
BEGIN;
INSERT INTO dbo.constants (constantid, key, value, description, extraf, extraf_1)
  VALUES (:id, 'key "' || :id || '"', E'line one\\nline two ü ' || :id,
          repeat('a long text that TOAST stores ', 200), :id / 7.0::float8, :id / 3.0)
  ON CONFLICT (constantid) DO UPDATE SET value = 'again ' || random(), extraf = random();
UPDATE dbo.constants SET extraf_1 = extraf_1 + 1, value = NULL WHERE constantid = :other;
DELETE FROM dbo.constants WHERE constantid = :gone;
INSERT INTO dbo.enumdescriptor (enumdescriptorid, enumtypeid, name, value, languageresourceid)
  VALUES (:id, :id % 10, 'name ' || :id, (:id * 1000)::text, NULLIF(:id % 3, 0))
  ON CONFLICT (enumdescriptorid) DO UPDATE SET value = excluded.value || '0';
UPDATE dbo.enumdescriptor SET enumdescriptorid = enumdescriptorid + 2000
  WHERE enumdescriptorid = :gone AND NOT EXISTS
    (SELECT FROM dbo.enumdescriptor e WHERE e.enumdescriptorid = :gone + 2000);
DELETE FROM dbo.enumdescriptor WHERE enumdescriptorid = :other;
END;
"""


def make_tables(server):
    """pgbench's tables with their rows: slotcast copies them first."""
    finish([server.start("pgbench", "-i", "-I", "dtgp", "-s", "3", "-q")])


class Load:
    """Writes for 20 seconds; step() is called now and then."""

    def __init__(self, server):
        self._server = server
        self._script = os.path.join(server.root, "changes.sql")
        with open(self._script, "w") as script:
            script.write(CHANGES)
        self._writers = []

    def step(self):
        """False once all writers have ended."""
        if not self._writers:
            seconds = str(SECONDS)
            self._writers = [
                self._server.start("pgbench", "-n", "-T", seconds, "-c", "4"),
                self._server.start("pgbench", "-n", "-T", seconds, "-c", "2", "-R", "300",
                                   "-f", self._script, "--max-tries=20"),
            ]
        return any(writer.poll() is None for writer in self._writers)

    def finish(self):
        finish(self._writers)

    def stop(self):
        for process in self._writers:
            if process.poll() is None:
                process.terminate()


def finish(processes):
    for process in processes:
        output, _ = process.communicate(timeout=60)
        if process.returncode != 0:
            raise RuntimeError(f"pgbench failed:\n{output}")
