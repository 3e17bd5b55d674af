"""Finds functions in code as clang-format lays it out: by braces, not by C++'s grammar."""
import re

CONTAINER = re.compile(r"\b(?:namespace|class|struct|union|enum|extern)\b")


def functions_in(source):
    """(first line, last line) of every function; a lambda counts with what is around it."""
    code = re.sub(r"(?m)^[ \t]*#.*$", lambda m: " " * len(m.group()), source.code)
    stack, statement, pending = [], 0, None
    for match in re.finditer(r"[{};]", code):
        at, brace = match.start(), match.group()
        if brace == "{":
            head = code[statement:at]
            inside = "function" in [kind for kind, _ in stack]
            begin = statement + len(head) - len(head.lstrip())
            kind = "block"
            if not inside and "(" not in head.split("=")[0] and CONTAINER.search(head):
                kind = "container"
            elif not inside and (not head.strip() or head.lstrip()[0] == ",") and (
                    pending is not None):
                # The body after a constructor's braced initializers.
                kind, begin = "function", pending
            elif not inside and re.search(r"\)[^()]*$|\)", head):
                kind = "function"
            stack.append((kind, begin))
        elif brace == "}" and stack:
            kind, begin = stack.pop()
            if kind == "function":
                pending = begin
                yield source.line_at(begin), source.line_at(at)
        if brace == ";":
            pending = None
        statement = at + 1
