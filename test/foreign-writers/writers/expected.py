"""What a file should read as, said by the library that wrote it, from its own data.

A cell is JSON: null, true, "text" (text, dates, times of day, decimals, times without a zone), ["i", "12"] an integer,
["f", "3ff0000000000000"] the bits of a double, ["t", "0"] an instant in nanoseconds, ["b", "00ff"] bytes, ["l", [...]]
a list, ["o", [[name, cell], ...]] a struct or a map.
"""

import datetime
import decimal
import json
import math
import pathlib
import struct

DAY = "file=1/date=2026-01-15"
EPOCH = datetime.datetime(1970, 1, 1)
SECOND = 1_000_000_000


class Files:
    """The files of one writer, each in a folder of its own, with its rows as JSON lines beside it."""

    def __init__(self, root, writer):
        self.root = pathlib.Path(root) / writer
        self.writer = writer
        self.index = (pathlib.Path(root) / f"{writer}.jsonl").open("w")

    def path(self, name):
        folder = self.root / name / DAY
        folder.mkdir(parents=True, exist_ok=False)
        return str(folder / "data.parquet")

    def folder(self, name, below="data"):
        """A path that is not there yet, for writers of whole folders."""
        folder = self.root / name / DAY
        folder.mkdir(parents=True, exist_ok=False)
        return str(folder / below)

    def says(self, name, columns, rows, **more):
        """`rows` are lists of cells in the order of `columns`; `more`: declared, partitions, row_order."""
        lines = self.root / name / "expected.jsonl"
        with lines.open("w") as out:
            for row in rows:
                out.write(json.dumps(row) + "\n")
        entry = {"name": name, "columns": list(columns), "rows": len(rows), **more}
        self.index.write(json.dumps(entry) + "\n")
        self.index.flush()


def integer(value):
    return None if value is None else ["i", str(int(value))]


def floating(value):
    if value is None:
        return None
    value = float(value)
    return ["f", "nan" if math.isnan(value) else struct.pack(">d", value).hex()]


def octets(value):
    return None if value is None else ["b", bytes(value).hex()]


def instant(ns):
    return None if ns is None else ["t", str(ns)]


def fraction(ns):
    return f".{ns:09}".rstrip("0") if ns else ""


def wall(ns):
    """A time without a zone."""
    if ns is None:
        return None
    seconds, rest = divmod(ns, SECOND)
    return (EPOCH + datetime.timedelta(seconds=seconds)).isoformat() + fraction(rest)


def date(days):
    return None if days is None else (EPOCH + datetime.timedelta(days=days)).date().isoformat()


def time_of_day(ns):
    if ns is None:
        return None
    seconds, rest = divmod(ns, SECOND)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction(rest)}"


def key_text(cell):
    return cell if isinstance(cell, str) else str(cell[1]) if isinstance(cell, list) else str(cell).lower()


def micros(delta):
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def of_python(value):
    """Plain Python values, as Spark gives them. Instants have a zone, wall times none."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, float):
        return floating(value)
    if isinstance(value, (bytes, bytearray)):
        return octets(value)
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            return wall(micros(value - EPOCH) * 1000)
        return instant(micros(value - EPOCH.replace(tzinfo=datetime.timezone.utc)) * 1000)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        ns = (value.hour * 3600 + value.minute * 60 + value.second) * SECOND + value.microsecond * 1000
        return time_of_day(ns)
    if isinstance(value, dict):
        return ["o", [[key_text(of_python(key)), of_python(item)] for key, item in value.items()]]
    if hasattr(value, "asDict"):
        return ["o", [[key, of_python(item)] for key, item in zip(value.__fields__, value)]]
    if isinstance(value, (list, tuple)):
        return ["l", [of_python(item) for item in value]]
    raise TypeError(f"{type(value)} has no expected form")
