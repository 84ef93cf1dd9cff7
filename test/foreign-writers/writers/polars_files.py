"""Files of Polars, whose writer is its own."""

import decimal

import polars as pl

import samples as s
from expected import Files, integer, octets
from of_arrow import rows as arrow_rows

COUNT = 101


def rows(frame):
    # Neither Arrow nor Parquet has integers of 128 bits: to all others they are 16 bytes.
    if pl.Int128 in frame.dtypes:
        return [[integer(k), None if v is None else octets(v.to_bytes(16, "little", signed=True))] for k, v in frame.rows()]
    return arrow_rows(frame.to_arrow())


FACTOR = {"ms": 1_000_000, "us": 1000, "ns": 1}


def ticks(unit):
    return [None if v is None else v // FACTOR[unit] for v in s.INSTANTS]


def series():
    """name -> (series, how a schema says it)"""
    def of(values, dtype):
        return pl.Series("v", s.cycled(values, COUNT), dtype=dtype)

    for bits in (8, 16, 32, 64):
        says = "bigint" if bits == 64 else "int"
        yield f"int{bits}", of(s.of_bits(bits, True), getattr(pl, f"Int{bits}")), says
        yield f"uint{bits}", of(s.of_bits(bits, False), getattr(pl, f"UInt{bits}")), None if bits == 64 else says
    yield "int128", of([0, 1, -1, None, 1 << 100], pl.Int128), None
    yield "float32", of(s.FLOATS, pl.Float32), "number"
    yield "float64", of(s.DOUBLES, pl.Float64), "number"
    if hasattr(pl, "Float16"):
        yield "float16", of([1.5, None, s.INF, s.NAN, -0.0], pl.Float16), "number"
    yield "bool", of(s.BOOLS, pl.Boolean), "boolean"
    yield "string", of(s.TEXTS, pl.String), "string"
    yield "binary", of(s.BINARIES, pl.Binary), None
    yield "categorical", of(["low", "high", None], pl.Categorical), None
    yield "enum", of(["low", "high", None], pl.Enum(["low", "high", "never"])), None
    yield "date", of(s.DATES, pl.Date), "date"
    yield "time", of([v for v in s.TIMES], pl.Int64).cast(pl.Time), None
    for unit in FACTOR:
        whole = of(ticks(unit), pl.Int64)
        yield f"datetime-{unit}", whole.cast(pl.Datetime(unit)), "naive instant"
        yield f"datetime-{unit}-utc", whole.cast(pl.Datetime(unit, "UTC")), "instant"
        yield f"datetime-{unit}-zone", whole.cast(pl.Datetime(unit, "Asia/Tokyo")), "instant"
        yield f"duration-{unit}", of([0, 1, -1, None], pl.Int64).cast(pl.Duration(unit)), None
    for precision, scale in ((9, 2), (10, 3), (18, 6), (19, 2), (38, 10)):
        yield f"decimal-{precision}-{scale}", of(s.decimals(precision, scale), pl.Decimal(precision, scale)), f"decimal {precision} {scale}" if precision <= 18 else None
    yield "null", of([None], pl.Null), None
    yield "list", of([[1, 2], [], None, [None]], pl.List(pl.Int64)), None
    yield "list-text", of([["a", ""], [], None, [None]], pl.List(pl.String)), None
    yield "list-list", of([[[1], []], None, [None]], pl.List(pl.List(pl.Int32))), None
    yield "array", of([[1, 2], None, [None, 3]], pl.Array(pl.Int32, 2)), None
    yield "struct", of([{"a": 1, "b": "x"}, None, {"a": None, "b": None}], pl.Struct({"a": pl.Int64, "b": pl.String})), None
    yield "list-struct", of([[{"a": 1}], None, []], pl.List(pl.Struct({"a": pl.Int64}))), None
    yield "struct-list", of([{"a": [1, None]}, None, {"a": None}], pl.Struct({"a": pl.List(pl.Int64)})), None
    yield "list-date", of([[s.DATES[0]], None], pl.List(pl.Date)), None
    yield "list-decimal", of([[decimal.Decimal("1.5")], None], pl.List(pl.Decimal(9, 1))), None
    yield "list-enum", of([["low"], None], pl.List(pl.Enum(["low"]))), None


CODECS = ("uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4")


def main(root):
    out = Files(root, "polars")

    def write(name, frame, says=None, **options):
        path = out.path(name)
        frame.write_parquet(path, **options)
        out.says(name, frame.columns, rows(frame), declared=says)

    def with_key(column):
        return pl.DataFrame([pl.Series("k", range(len(column)), dtype=pl.Int64), column])

    known = {name: (column, says) for name, column, says in series()}
    for name, (column, says) in known.items():
        frame = with_key(column)
        write(name, frame, says)
        write(f"{name}-groups", frame, says, compression="snappy", row_group_size=17, data_page_size=200)
        write(f"{name}-no-rows", frame.head(0), says)
        write(f"{name}-all-null", with_key(pl.Series("v", [None] * 30, dtype=column.dtype)), says)
        path = out.path(f"{name}-lazy")
        frame.lazy().sink_parquet(path, statistics="full")
        out.says(f"{name}-lazy", frame.columns, rows(frame), declared=says)
    for name in ("int32", "float64", "string", "bool", "list-text", "struct"):
        for codec in CODECS:
            write(f"{name}-{codec}", with_key(known[name][0]), compression=codec, data_page_size=200)

    write("nothing", pl.DataFrame())
    write("odd-names", pl.DataFrame({name: [1] for name in ("a.b", "a b", "A", "a", "日本", "")}))
    write("long-strings", pl.DataFrame({"k": [1, 2], "v": ["x" * 2_000_000, "é"]}))
    write("with-metadata", pl.DataFrame({"k": [1]}), metadata={"any": "thing"})
    frame = pl.DataFrame({"k": range(40), "p": s.cycled(["a", "b c", None, "é"], 40), "v": s.cycled([1.5, None], 40)})
    folder = out.folder("hive-partitions", "")
    frame.write_parquet(folder, partition_by="p")
    out.says("hive-partitions", ["k", "p", "v"], rows(frame), partitions={"p": "string"})
