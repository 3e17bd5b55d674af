"""The rules over the whole tree. Each yields (path, line, rule, message)."""
import re
import statistics

import banned
import layers
from functions import functions_in

LINES_MAX = 500
LINES_MEDIAN = 110
FUNCTION_MAX = 70
COLUMNS_MAX = 100
PYTHON_COLUMNS_MAX = 110  # type annotations make Python's signatures longer
COMMENT_SHARE = 0.25
SNAKE_CASE = re.compile(r"[a-z0-9_./]+$")
FREE_WIDTH = (".md", ".json", ".yaml", ".yml", ".service", ".conf")


def sizes(sources):
    product = [source for source in sources if source.is_product]
    for source in product:
        if len(source.lines) > LINES_MAX:
            yield source.path, 1, "file-size", f"{len(source.lines)} lines, at most {LINES_MAX}"
        for first, last in functions_in(source):
            if last - first + 1 > FUNCTION_MAX:
                yield (source.path, first, "function-size",
                       f"{last - first + 1} lines, at most {FUNCTION_MAX}")
    median = statistics.median([len(source.lines) for source in product] or [0])
    if median > LINES_MEDIAN:
        yield "lib", 1, "median-size", f"the median file has {median} lines, aim {LINES_MEDIAN}"


def columns(sources):
    for source in sources:
        if source.path.endswith(FREE_WIDTH):
            continue
        for number, line in enumerate(source.lines, 1):
            # An address cannot be broken over two lines.
            most = PYTHON_COLUMNS_MAX if source.path.endswith(".py") else COLUMNS_MAX
            if len(line) > most and "://" not in line:
                yield source.path, number, "columns", f"{len(line)} columns, at most {most}"


def comment_share(source):
    """Comments' part of the lines that say anything."""
    says = [line.strip() for line in source.lines if line.strip()]
    comments = [line for line in says if "//" in line]
    return len(comments) / len(says) if says else 1.0


def headers(sources):
    shares = []
    included = {path for source in sources if source.is_cpp for _, path in source.includes()}
    for source in sources:
        if not source.is_header:
            continue
        if "#pragma once" not in source.lines[:1]:
            yield source.path, 1, "pragma-once", "begin the header with #pragma once"
        match = re.search(r"(?m)^\s*using\s+namespace\b", source.code)
        if match:
            yield (source.path, source.line_at(match.start()), "using-namespace",
                   "name what you use: a header opens the namespace for everyone")
        if source.path not in included:
            yield source.path, 1, "dead-header", "nobody includes it"
        if source.path.startswith("lib/"):
            shares.append(comment_share(source))
    if shares and statistics.mean(shares) < COMMENT_SHARE:
        yield ("lib", 1, "comments", f"headers have {statistics.mean(shares):.0%} comment lines, "
               f"at least {COMMENT_SHARE:.0%}: say who owns it, threads, errors")


def includes(sources):
    for source in sources:
        if not source.is_product:
            continue
        for line, path in source.includes():
            message = layers.complaint(source.path, path)
            if message:
                yield source.path, line, "layers", message


def names(sources):
    for source in sources:
        if source.is_cpp and not SNAKE_CASE.match(source.path):
            yield source.path, 1, "file-name", "folders and files are snake_case"


def calls(sources):
    used = set()
    for source in sources:
        if source.is_product:
            for line, rule, message in banned.calls_in(source):
                if rule == "excused":
                    used.add((message, source.path))
                else:
                    yield source.path, line, rule, message
    present = {source.path for source in sources}
    for rule, path in sorted(set(banned.EXCUSED) - used):
        if path in present:
            yield path, 1, "stale-excuse", f"no longer needs to be excused from {rule}"


def words(sources):
    for source in sources:
        for line, rule, message in banned.words_in(source):
            yield source.path, line, rule, message


ALL = [sizes, columns, headers, includes, names, calls, words]


def check(sources):
    return [finding for rule in ALL for finding in rule(sources)]
