"""Who may include whom. Includes point down only; the log is between capture and branches."""

LIB_LAYERS = {
    "lib/base": [],
    "lib/change": ["lib/base"],
    "lib/http": ["lib/base"],
    "lib/io": ["lib/base"],
    "lib/metrics": ["lib/base"],
    # What expressions mean; knows rows, but neither routes nor where rows come from.
    "lib/sql": ["lib/base", "lib/change"],
    "lib/route": ["lib/base", "lib/change", "lib/sql"],
    "lib/sink": ["lib/base", "lib/change", "lib/io", "lib/metrics"],
    "lib/pg": ["lib/base", "lib/change"],
    "lib/log": ["lib/base", "lib/change", "lib/io"],
    "lib/journal": ["lib/base", "lib/change", "lib/io"],
    # The decoder reads frames as the log hands them out.
    "lib/pgoutput": ["lib/base", "lib/change", "lib/log"],
    "lib/capture": ["lib/base", "lib/change", "lib/io", "lib/log", "lib/metrics", "lib/pg",
                    "lib/pgoutput", "lib/route", "lib/sql"],
    # Rows of tables as they were, beside the stream.
    "lib/snapshot": ["lib/base", "lib/change", "lib/io", "lib/log", "lib/pg", "lib/pgoutput",
                     "lib/route"],
    "lib/preflight": ["lib/base", "lib/change", "lib/pg", "lib/route"],
    "lib/branch": ["lib/base", "lib/change", "lib/io", "lib/journal", "lib/log", "lib/metrics",
                   "lib/pgoutput", "lib/route", "lib/sink"],
    # Rows that were written to a stage, as a branch's feed.
    "lib/replay": ["lib/base", "lib/branch", "lib/change", "lib/io", "lib/journal", "lib/log",
                   "lib/sink"],
}

LAYERS = {
    **LIB_LAYERS,
    "connectors": ["lib/base", "lib/change", "lib/http", "lib/io", "lib/metrics", "lib/sink"],
    # Plus every options.h; secrets are files, and table patterns are checked by their own parser.
    "config": ["lib/base", "lib/change", "lib/io", "lib/route", "lib/sql"],
    "daemon": ["config", "connectors", *LIB_LAYERS],
}

# Single files that may be included from above or beside, and why.
DOORS = {
    ("lib/capture", "lib/snapshot/word.h"): "state files are lines of words, written in one way",
    ("lib/snapshot", "lib/branch/log_feed.h"): "what changed around a chunk is read as a branch reads it",
    ("config", "connectors/all.h"): "each connector checks its own options",
}


def layer_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "lib" and len(parts) > 2 else parts[0]


def connector_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "connectors" and len(parts) > 2 else None


def complaint(includer, included):
    """Why `includer` may not include `included`; None when it may."""
    here, there = layer_of(includer), layer_of(included)
    if here not in LAYERS:
        return f"{here} is not in tests/tidy/layers.py: say there what it may include"
    if "/" not in included:
        return "write the path from the root of the repository"
    if here == there:
        other = connector_of(included)
        if connector_of(includer) and other and other != connector_of(includer):
            return "connectors do not know each other"
        return None
    if there in LAYERS[here]:
        return None
    if (here, included) in DOORS:
        return None
    if here == "config" and included.endswith("/options.h"):
        return None
    return f"{here} may include {', '.join(LAYERS[here]) or 'nothing of ours'}; not {there}"
