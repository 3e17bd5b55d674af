"""A comparison that cannot fail is worth nothing: plants every difference in the demo's files."""
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "dev"))

from demo_parts import replay  # noqa: E402  (the path above comes first)

TABLE = [{"id": "1", "text": "tab\tand \\", "big": "long"}, {"id": "2", "text": None, "big": "b"}]

# What leaves TABLE behind: a row is inserted, changed without its unchanged column, deleted.
CHANGES = [
    ("t", 1, {}),
    ("c", 1, {"id": 1, "text": "old", "big": "long"}),
    ("c", 2, {"id": 2, "text": None, "big": "b"}),
    ("c", 3, {"id": 3, "text": "gone", "big": "b"}),
    ("u", 1, {"id": 1, "text": "tab\tand \\"}),
    ("d", 1, {"id": 3}),
]


# One transaction truncates and inserts; as texts these would be in another order.
LSNS = {"t": "9/0", "c": "9/0", "u": "FF/0", "d": "100/0"}


def written(changes):
    """The same through files, as a sink writes them: two files, the latest change first."""
    with tempfile.TemporaryDirectory() as directory:
        for name, part in (("b", changes[2::-1]), ("a", changes[:2:-1])):
            with open(os.path.join(directory, name + ".jsonl"), "w", encoding="utf-8") as file:
                for operation, seq, columns in part:
                    meta = {"_op": operation, "_lsn": LSNS[operation],
                            "_seq": seq + (operation == "c"), "_ts": "2026-01-01T00:00:00.000000Z"}
                    file.write(json.dumps({**columns, **meta}) + "\n")
        return replay.read_changes(directory)


def verdict(changes, table=TABLE):
    read = written(changes)
    replay.require_each_once(read)
    replay.compare_keyed(read, table, ["id"])


class Replay(unittest.TestCase):
    def differs(self, changes, table=TABLE):
        with self.assertRaises(replay.Difference):
            verdict(changes, table)

    def test_what_is_equal_is_equal(self):
        verdict(CHANGES)

    def test_any_lost_change_is_found(self):
        # But the truncation of a table that is empty.
        for lost in range(1, len(CHANGES)):
            with self.subTest(lost=CHANGES[lost]):
                self.differs(CHANGES[:lost] + CHANGES[lost + 1:])

    def test_any_doubled_change_is_found(self):
        for doubled in range(len(CHANGES)):
            with self.subTest(doubled=CHANGES[doubled]):
                self.differs(CHANGES[:doubled + 1] + CHANGES[doubled:])

    def test_a_wrong_value_is_found(self):
        self.differs(CHANGES[:4] + [("u", 1, {"id": 1, "text": "other"})] + CHANGES[5:])

    def test_unchanged_taken_for_null_is_found(self):
        null = ("u", 1, {"id": 1, "text": "tab\tand \\", "big": None})
        self.differs(CHANGES[:4] + [null] + CHANGES[5:])

    def test_a_row_too_many_or_too_few_in_the_table_is_found(self):
        self.differs(CHANGES, TABLE[:1])
        self.differs(CHANGES, TABLE + [{"id": "4", "text": None, "big": None}])

    def test_inserts_are_compared_as_often_as_they_are(self):
        row = {"id": "1"}
        inserts = [((1, 1), "c", row), ((1, 2), "c", row)]
        replay.compare_inserts(inserts, [row, row])
        for table in ([row], [row, row, row], [row, {"id": "2"}]):
            with self.assertRaises(replay.Difference):
                replay.compare_inserts(inserts, table)

    def test_copy_text_is_read_as_postgresql_writes_it(self):
        rows = replay.parse_copy("a\\tb\\\\n\\n\t\\N\n\t\\\\N\n", ["x", "y"])
        self.assertEqual(rows, [{"x": "a\tb\\n\n", "y": None}, {"x": "", "y": "\\N"}])


if __name__ == "__main__":
    unittest.main()
