"""Files of pandas: both engines' own index columns, nullable types, categories and what it keeps as objects."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa

import samples as s
from expected import Files
from of_arrow import rows

COUNT = 60


def frames():
    """name -> (frame, how a schema says the column)"""
    def of(values, dtype=None):
        return pd.DataFrame({"k": range(COUNT), "v": pd.Series(s.cycled(values, COUNT), dtype=dtype)})

    for bits in (8, 16, 32, 64):
        for signed in (True, False):
            values = s.of_bits(bits, signed)
            name = f"{'' if signed else 'u'}int{bits}"
            says = ("bigint" if signed else None) if bits == 64 else "int"
            yield name, of([v for v in values if v is not None], name), says
            yield f"{name}-nullable", of(values, name.replace("int", "Int").replace("u", "U")), says
            yield f"{name}-arrow", of(values, f"{name}[pyarrow]"), says
    yield "float32", of([v for v in s.FLOATS if v is not None], "float32"), "number"
    yield "float64", of([v for v in s.DOUBLES if v is not None], "float64"), "number"
    yield "float64-nullable", of([1.5, None, -0.0], "Float64"), "number"
    yield "float16", of([1.5, 0.25, 65504.0, s.NAN], "float16"), "number"
    yield "bool", of([True, False], "bool"), "boolean"
    yield "boolean-nullable", of(s.BOOLS, "boolean"), "boolean"
    yield "str", of(s.TEXTS), "string"
    yield "string-arrow", of(s.TEXTS, "string[pyarrow]"), "string"
    yield "object-bytes", of(s.BINARIES, object), None
    yield "object-decimal", of([decimal.Decimal("1.50"), None, decimal.Decimal("-12345.67")], object), "decimal 7 2"
    yield "object-date", of(s.DATES, object), "date"
    yield "object-time", of([datetime.time(0), datetime.time(23, 59, 59, 999999), None], object), None
    yield "object-lists", of([[1, 2], None, []], object), None
    yield "object-dicts", of([{"a": 1, "b": "x"}, None], object), None
    yield "object-none", of([None], object), None
    yield "category", of(["low", "high", None, "low"], "category"), None
    yield "category-of-numbers", of([3, 1, 2], "category"), None
    yield "category-of-times", of(pd.to_datetime(["2026-01-15", "2026-01-16"]).tolist(), "category"), None
    for unit in ("s", "ms", "us", "ns"):
        factor = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}[unit]
        ticks = [None if v is None else v // factor for v in s.INSTANTS]
        stamps = pd.Series(np.array([np.datetime64("NaT") if v is None else np.datetime64(v, unit) for v in s.cycled(ticks, COUNT)], dtype=f"datetime64[{unit}]"))
        yield f"datetime-{unit}", pd.DataFrame({"k": range(COUNT), "v": stamps}), "naive instant"
        for zone in ("UTC", "America/New_York"):
            yield f"datetime-{unit}-{zone.replace('/', '_')}", pd.DataFrame({"k": range(COUNT), "v": stamps.dt.tz_localize("UTC").dt.tz_convert(zone)}), "instant"
        yield f"timedelta-{unit}", of([pd.Timedelta(0), pd.Timedelta(days=-1), pd.NaT], f"timedelta64[{unit}]"), None
    days = pd.DataFrame({"k": range(COUNT), "v": pd.Series(s.cycled(pd.to_datetime(["2026-01-15", "1999-12-31"]).tolist(), COUNT))})
    yield "midnights", days, "date"
    yield "period", of([pd.Period("2026-01", "M"), pd.Period("1999-12", "M")]), None
    yield "interval", of([pd.Interval(0, 1), pd.Interval(1, 5)]), None


def main(root):
    out = Files(root, "pandas")

    def write(name, frame, says=None, **options):
        path = out.path(name)
        frame.to_parquet(path, engine="pyarrow", **options)
        table = pa.Table.from_pandas(frame, preserve_index=options.get("index"))
        if isinstance(frame.index, pd.RangeIndex) and options.get("index") is not True:
            table = table.select([c for c in table.column_names if not c.startswith("__index_level")])
        out.says(name, table.column_names, rows(table) if table.num_columns > 0 else [], declared=says)

    for name, frame, says in frames():
        write(name, frame, says)
        write(f"{name}-gzip", frame, says, compression="gzip", row_group_size=13)
        write(f"{name}-no-rows", frame.iloc[:0], says)

    base = pd.DataFrame({"k": [1, 2, 3], "v": ["a", "b", None]})
    write("index-range", base)
    write("index-kept", base, index=True)
    write("index-left-out", base.set_index(pd.Index(["x", "y", "z"])), index=False)
    write("index-of-text", base.set_index(pd.Index(["x", "y", "z"])))
    write("index-named", base.set_index("k"))
    write("index-of-two", base.set_index([pd.Index([1, 2, 3], name="a"), pd.Index(["x", "y", "z"])]))
    write("index-of-times", base.set_index(pd.DatetimeIndex(["2026-01-15", "2026-01-16", "2026-01-17"], tz="UTC", name="when")))
    write("index-sliced", base.iloc[1:])
    write("columns-of-two-levels", pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])))
    write("columns-of-numbers", pd.DataFrame([[1, 2]], columns=[0, 1]))
    write("no-columns", pd.DataFrame(index=range(3)))
    write("nothing", pd.DataFrame())

    frame = pd.DataFrame({"k": range(40), "p": s.cycled(["a", None, "b c"], 40), "v": s.cycled(["x", None], 40)})
    folder = out.folder("hive-partitions", "")
    frame.to_parquet(folder, partition_cols=["p"])
    out.says("hive-partitions", ["k", "p", "v"], rows(pa.Table.from_pandas(frame)), partitions={"p": "string"})
