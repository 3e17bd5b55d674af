"""Plants one violation of each rule in a clean tree: each must be found, and nothing else."""
import sys

import banned
import rules
from source import Source

HEADER = """#pragma once

// One thing, kept by its owner.
// Threads: its caller's. Errors: none.

namespace slotcast {
int answer();
}  // namespace slotcast
"""

CODE = """#include "lib/base/thing.h"

namespace slotcast {

int answer() {
  return 42;
}

}  // namespace slotcast
"""

CLEAN = {"lib/base/thing.h": HEADER, "lib/base/thing.cpp": CODE}


def body(lines):
    return "int grow() {\n" + "  step();\n" * lines + "}\n"


CONSTRUCTOR = "Thing::Thing(int a)\n    : a_{a},\n      b_{1} {\n" + "  go();\n" * 80 + "}\n"

# (rule, path, contents of a file that breaks it)
PLANTED = [
    ("file-size", "lib/base/big.cpp", "int a;\n" * 501),
    ("function-size", "lib/base/long.cpp", "namespace a {\n" + body(69) + "}\n"),
    ("function-size", "lib/base/class.cpp", "class A {\n public:\n  " + body(80) + "};\n"),
    ("function-size", "lib/base/braces.cpp", CONSTRUCTOR),
    ("function-size", "lib/base/lambda.cpp",
     "void f() {\n  g([] {\n" + "    h();\n" * 80 + "  });\n}\n"),
    ("columns", "lib/base/wide.cpp", "int " + "a" * 97 + ";\n"),
    ("columns", "dev/wide", "echo " + "a" * 97 + "\n"),
    ("pragma-once", "lib/base/thing.h", HEADER.replace("#pragma once", "")),
    ("using-namespace", "lib/base/thing.h", HEADER + "using namespace std;\n"),
    ("dead-header", "lib/base/lonely.h", HEADER),
    ("comments", "lib/base/thing.h", "#pragma once\n" + "int a();\n" * 20),
    ("layers", "lib/base/up.cpp", '#include "lib/log/log.h"\n'),
    ("layers", "lib/branch/side.cpp", '#include "lib/capture/capture.h"\n'),
    ("layers", "lib/capture/side.cpp", '#include "lib/branch/branch.h"\n'),
    ("layers", "config/up.cpp", '#include "daemon/app.h"\n'),
    ("layers", "connectors/stage/down.cpp", '#include "lib/log/log.h"\n'),
    ("layers", "connectors/stage/other.cpp", '#include "connectors/null/null_sink.h"\n'),
    ("layers", "lib/pg/new.cpp", '#include "lib/unheard/of.h"\n'),
    ("layers", "lib/base/short.cpp", '#include "thing.h"\n'),
    ("file-name", "lib/base/BigThing.cpp", "int a;\n"),
    ("clock", "lib/log/time.cpp", "auto t = std::chrono::system_clock::now();\n"),
    ("clock", "daemon/time.cpp", "auto t = steady_clock::now();\n"),
    ("random", "lib/log/dice.cpp", "int d = std::rand();\n"),
    ("disk", "lib/log/door.cpp", "int fd = ::open(path, O_RDONLY);\n"),
    ("disk", "connectors/stage/door.cpp", "if (::rename(a, b) != 0) return;\n"),
    ("disk", "daemon/door.cpp", "::fdatasync(fd);\n"),
    ("disk-streams", "config/door.cpp", "std::ifstream in(path);\n"),
    ("libpq", "lib/capture/pq.cpp", "PQfinish(connection);\n"),
    ("librdkafka", "daemon/kafka.cpp", "const char* v = rd_kafka_version_str();\n"),
    ("yaml", "daemon/yaml.cpp", "YAML::Node node;\n"),
    ("prometheus", "daemon/page.cpp", "prometheus::Registry registry;\n"),
    ("boost", "lib/pg/asio.cpp", "boost::asio::io_context context;\n"),
    ("exit", "lib/pg/end.cpp", "std::abort();\n"),
    ("sleep", "connectors/null/wait.cpp", "std::this_thread::sleep_for(wait);\n"),
    ("threads", "lib/route/lock.cpp", "std::mutex lock;\n"),
    ("threads", "lib/pgoutput/run.cpp", "std::thread run;\n"),
    ("stale-excuse", "lib/log/syncer.cpp", "int a;\n"),
    ("unfinished", "lib/base/later.cpp", "// TO" + "DO: write it\n"),
    ("workplace", "README.md", "see /wor" + "k/main\n"),
    ("workplace", "README.md", "see share" + "d/facts\n"),
    ("workplace", "lib/base/why.cpp", "// as desig" + "n.md says\n"),
]

# What looks like a violation and is none.
INNOCENT = [
    ("lib/base/text.cpp", 'const char* kText = "PQfinish(x) YAML::Node ::open(";\n'),
    ("lib/base/comment.cpp", "// std::rand() and ::rename( are banned\n"),
    ("lib/base/raw.cpp", 'auto s = R"(\n std::mutex { { {\n)";\n' + body(10)),
    ("lib/base/digits.cpp", "int million = 1'000'000;\n" + body(60)),
    ("lib/base/limit.cpp", body(68)),
    ("lib/base/members.cpp", "int f() {\n  return disk.open(a) + io::rename(b);\n}\n"),
    ("lib/io/door.cpp", "int fd = ::open(path, 0);\n"),
    ("config/options.cpp", '#include "lib/log/options.h"\n'),
    ("lib/base/array.cpp", "int table[] = {\n" + "  1,\n" * 90 + "};\n"),
]


def found(path, text):
    files = {**CLEAN, path: text}
    return {rule for _, _, rule, _ in rules.check([Source(*file) for file in files.items()])}


def main():
    failures = []
    for rule, path, text in PLANTED:
        if rule not in found(path, text):
            failures.append(f"{rule} in {path} is not found")
    for path, text in [*CLEAN.items(), *INNOCENT]:
        for rule in found(path, text):
            failures.append(f"{rule} is found in {path}, which has none")
    if found("tests/many.cpp", "int a;\n" * 501):
        failures.append("a test is held to the product's sizes")
    tree = [Source(f"lib/base/f{i}.cpp", "int a;\n" * 200) for i in range(5)]
    if "median-size" not in {rule for _, _, rule, _ in rules.check(tree)}:
        failures.append("median-size is not found")
    # Every rule that is named in a table has to be planted above.
    planted = {rule for rule, _, _ in PLANTED}
    for table in (banned.CALLS, banned.CALLS_IN, banned.WORDS):
        failures += [f"{name} is never planted" for name, *_ in table if name not in planted]
    for failure in failures:
        print(f"selftest: {failure}")
    print(f"selftest: {len(PLANTED)} violations planted, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
