"""Files of fastparquet, the other engine of pandas."""

import datetime
import decimal

import fastparquet
import numpy as np
import pandas as pd

import samples as s
from expected import Files, date, floating, instant, integer, octets, time_of_day, wall

COUNT = 60


def cell(value):
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return integer(value)
    if isinstance(value, (float, np.floating)):
        return floating(value)
    if isinstance(value, bytes):
        return octets(value)
    if isinstance(value, pd.Timestamp):
        ns = value.as_unit("ns").value
        return wall(ns) if value.tz is None else instant(ns)
    if isinstance(value, pd.Timedelta):
        return time_of_day(value.as_unit("ns").value)
    if isinstance(value, datetime.date):
        return date((value - datetime.date(1970, 1, 1)).days)
    if isinstance(value, decimal.Decimal):
        return floating(float(value))
    return str(value)


def cells(frame):
    columns = [[cell(value) for value in frame[name].tolist()] for name in frame.columns]
    return [list(row) for row in zip(*columns)]


def frames():
    """name -> (values, dtype, options, how a schema says it)"""
    for bits in (8, 16, 32, 64):
        for signed in (True, False):
            name = f"{'' if signed else 'u'}int{bits}"
            values = [v for v in s.of_bits(bits, signed) if v is not None]
            yield name, values, name, {}, ("bigint" if signed else None) if bits == 64 else "int"
    yield "float32", [1.5, -0.0, s.INF], "float32", {}, "number"
    yield "float64", [0.1, -0.0, s.INF, 5e-324], "float64", {}, "number"
    yield "bool", [True, False, True], "bool", {}, "boolean"
    yield "Int64", [1, None, 1 << 62], "Int64", {}, "bigint"
    yield "boolean", [True, None, False], "boolean", {}, "boolean"
    texts = [t for t in s.TEXTS if t is not None]
    yield "utf8", texts, object, {"object_encoding": "utf8"}, "string"
    yield "utf8-null", ["a", None, "é"], object, {"object_encoding": "utf8"}, "string"
    yield "bytes", [b"\xff", b"", b"a"], object, {"object_encoding": "bytes"}, None
    yield "category", ["low", "high", "low"], "category", {}, None
    stamps = [pd.Timestamp(v) for v in (0, 1, 1_768_521_600_123_456_789)]
    for unit in ("ms", "us", "ns"):
        yield f"datetime-{unit}", [stamp.as_unit(unit) for stamp in stamps], f"datetime64[{unit}]", {}, None
    yield "datetime-utc", [stamp.tz_localize("UTC") for stamp in stamps], "datetime64[ns, UTC]", {}, None
    yield "int96", stamps, "datetime64[ns]", {"times": "int96"}, "naive instant"


def main(root):
    out = Files(root, "fastparquet")

    def write(name, frame, says=None, **options):
        path = out.path(name)
        fastparquet.write(path, frame, write_index=False, **options)
        out.says(name, frame.columns.tolist(), cells(frame), declared=says)

    for name, values, dtype, options, says in frames():
        frame = pd.DataFrame({"k": range(COUNT), "v": pd.Series(s.cycled(values, COUNT), dtype=dtype)})
        write(name, frame, says, **options)
        write(f"{name}-groups", frame, says, row_group_offsets=[0, 20, 41], compression="GZIP", **options)
    plain = pd.DataFrame({"k": range(COUNT), "v": s.cycled([1.5, -2.5], COUNT)})
    for codec in ("SNAPPY", "GZIP", "ZSTD", "BROTLI", "LZ4", "LZ4_RAW"):
        write(f"float64-{codec}", plain, compression=codec)
    parts = pd.DataFrame({"k": range(40), "v": s.cycled([1, 2, 3], 40)})
    # With `_metadata` and `_common_metadata` beside the parts, which name them.
    folder = out.folder("hive-parts")
    fastparquet.write(folder, parts, file_scheme="hive", row_group_offsets=[0, 10, 30], write_index=False)
    out.says("hive-parts", ["k", "v"], cells(parts), parts=True)
    divided = pd.DataFrame({"k": range(40), "p": s.cycled(["a", "b c"], 40), "v": s.cycled([1, 2, 3], 40)})
    folder = out.folder("hive-partitions", "")
    fastparquet.write(folder, divided, file_scheme="hive", partition_on=["p"], write_index=False)
    out.says("hive-partitions", ["k", "p", "v"], cells(divided), partitions={"p": "string"})
