"""Calls and words that are not used, each with what to use instead.

Patterns of words that must not stand anywhere are written so that they do not match themselves.
"""
import re

SYSTEM = (r"(?<![\w>.:])::(?:open|openat|write|pwrite|pwritev|rename|renameat|renameat2|fsync|"
          r"fdatasync|ftruncate|fallocate|unlink)\s*\(")

# (name, pattern in code, where it is allowed, what to do instead)
CALLS = [
    ("clock", r"\b(?:system|steady|high_resolution)_clock::now\b", ("lib/base/",),
     "take the time from base's Clock, which tests can set"),
    ("random", r"\bstd::(?:rand|srand|random_device)\b|(?<![\w:.])rand\(\)", ("lib/base/",),
     "use base's Random, which tests can seed"),
    ("disk", SYSTEM, ("lib/io/",), "go through io::Directory and io::File"),
    ("disk-streams", r"\bstd::[io]?fstream\b|\bfopen\s*\(", ("lib/io/",),
     "go through io::Directory and io::File"),
    ("libpq", r"\bPQ[a-z]\w*\s*\(|\bPG(?:conn|result)\b", ("lib/pg/",), "libpq stops in lib/pg"),
    ("librdkafka", r"\brd_kafka_\w+\s*\(", ("connectors/kafka/",),
     "librdkafka stops in connectors/kafka"),
    ("yaml", r"\bYAML::", ("config/",), "yaml-cpp stops in config"),
    ("prometheus", r"\bprometheus::", ("lib/metrics/",), "prometheus-cpp stops in lib/metrics"),
    ("boost", r"\bboost::", ("daemon/admin/", "daemon/signals."),
     "Boost stops in daemon/admin and daemon/signals"),
    ("exit", r"(?:std|(?<![\w>]))::_?(?:exit|abort|terminate|quick_exit)\s*\(",
     ("lib/base/", "daemon/"), "return an Error; ENSURE ends the process for our own mistakes"),
]

# The same, but only in these folders.
CALLS_IN = [
    ("sleep", r"\bsleep_for\b|\bsleep_until\b|\b(?:u|nano)?sleep\s*\(|\bsteady_timer\b",
     ("connectors/",), "the branch waits and retries, a connector never does"),
    ("threads", r"\bstd::(?:jthread|thread|mutex|shared_mutex|condition_variable|atomic)\b",
     ("lib/pgoutput/", "lib/route/", "connectors/"), "this part belongs to its caller's thread"),
]

# Rules that a file is excused from, and why. One that is not needed any more is an error.
EXCUSED = {
    ("clock", "lib/pg/connection.cpp"): "waits on a real socket in poll()",
    ("clock", "lib/log/syncer.cpp"): "measures the disk, which no test's clock drives",
    ("disk-streams", "daemon/admin/metrics.cpp"): "reads /proc, which is no disk",
    ("threads", "connectors/kafka/producer.h"): "librdkafka calls back from a thread of ours",
    ("threads", "connectors/kafka/producer.cpp"): "librdkafka calls back from a thread of ours",
    ("threads", "connectors/kafka/oauth.h"): "a token is due while its owner waits for brokers",
    ("threads", "connectors/kafka/oauth.cpp"): "a token is due while its owner waits for brokers",
    ("threads", "connectors/kafka/token_server.h"): "who waits for an answer is told to end",
    ("threads", "connectors/kafka/token_server.cpp"): "who waits for an answer is told to end",
    ("clock", "connectors/kafka/producer.cpp"): "waits for real brokers",
    ("clock", "connectors/kafka/progress_reader.cpp"): "waits for real brokers",
    ("clock", "connectors/kafka/admin.cpp"): "waits for real brokers",
    ("sleep", "connectors/kafka/admin.cpp"): "a topic that was made is not there at once",
    ("sleep", "connectors/kafka/producer.cpp"): "librdkafka must not end while it begins a request",
    ("threads", "connectors/kafka/troubles.h"): "librdkafka calls back from a thread of ours",
    ("clock", "connectors/kafka/troubles.cpp"): "what brokers said is true for a while",
}

WORDS = [
    ("unfinished", r"\b(?:FIXM[E]|TOD[O]|XX[X]|HAC[K])\b", "finish it, or say why it is so"),
    ("workplace", r"(?<![\w})\]./])/wor[k]\b|(?<!\w)share[d]/|\bmissio[n]\.md|\bdesig[n]\.md|"
     r"\.librar[y]\b|\bhelper sessio[n]", "say it in the words of a reader who has only this tree"),
]


def calls_in(source):
    """(line, rule, message) of every banned call; rules it was excused from come as 'excused'."""
    wanted = [(n, p, m) for n, p, allowed, m in CALLS if not source.path.startswith(allowed)]
    wanted += [(n, p, m) for n, p, where, m in CALLS_IN if source.path.startswith(where)]
    for name, pattern, message in wanted:
        for match in re.finditer(pattern, source.code):
            excused = (name, source.path) in EXCUSED
            rule = "excused" if excused else name
            yield source.line_at(match.start()), rule, name if excused else message


def words_in(source):
    for number, line in enumerate(source.lines, 1):
        for name, pattern, message in WORDS:
            if re.search(pattern, line):
                yield number, name, message
