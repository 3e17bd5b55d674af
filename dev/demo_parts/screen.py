"""The live table: one line a second, each sink's rate and how far it is behind. 80 columns."""
import time

COLUMN = 23


def short_bytes(count):
    for unit in ("B", "K", "M"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} G"


class Screen:
    def __init__(self, sinks):
        self._sinks = sinks
        self._began = self._last = time.monotonic()
        self._rows = dict.fromkeys(sinks, 0)
        print("        " + "".join(f"  {name:<{COLUMN - 2}}" for name in sinks).rstrip())
        print("     s  " + f"  {'rows/s':>8}{'behind by':>13}" * len(sinks), flush=True)

    def show(self, status):
        now = time.monotonic()
        line = f"{now - self._began:6.0f}  "
        for sink in status["sinks"]:
            name = sink["name"]
            rate = (sink["rows"] - self._rows[name]) / max(now - self._last, 1e-3)
            self._rows[name] = sink["rows"]
            lag = f"{short_bytes(sink['lag_bytes'])} {sink['lag_seconds']:4.1f}s"
            line += f"  {rate:8,.0f}{lag:>13}"
        self._last = now
        print(line, flush=True)
