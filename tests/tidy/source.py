"""One file of the tree, as the rules look at it."""
import os
import re

SKIPPED = {"build", ".git", ".ccache", "node_modules", "__pycache__"}
TEXTS = (".cpp", ".h", ".py", ".sh", ".md", ".yaml", ".yml", ".json", ".txt", ".service", ".conf")
PRODUCT = ("lib/", "config/", "connectors/", "daemon/")

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/'                         # comments
    r'|R"(?P<mark>[^()\s"]{0,16})\(.*?\)(?P=mark)"'  # raw strings
    r'|"(?:\\.|[^"\\\n])*"'                       # strings
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",      # characters, not digit separators
    re.DOTALL)


def blank(match):
    """The same lines and columns, without what a comment or a literal says."""
    return re.sub(r"[^\n]", " ", match.group())


class Source:
    def __init__(self, path, text):
        self.path = path  # from the root of the repository, with '/'
        self.text = text
        self.lines = text.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        self.is_header = path.endswith(".h")
        self.is_cpp = self.is_header or path.endswith(".cpp")
        self.is_product = self.is_cpp and path.startswith(PRODUCT)
        self.code = TOKEN.sub(blank, text) if self.is_cpp else text

    def includes(self):
        """(line, path) of every include in quotes."""
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if match:
                yield number, match.group(1)

    def line_at(self, offset):
        return self.code.count("\n", 0, offset) + 1


def read_tree(root):
    sources = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - SKIPPED)
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
            # Scripts without a suffix: dev/test, .ci/run.
            if name.endswith(TEXTS) or path.startswith(("dev/", ".ci/")):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    sources.append(Source(path, file.read()))
    return sources
