"""Files of Spark: folders of parts with `_SUCCESS` and `.crc` files beside them, as it writes them."""

import datetime
import decimal
import os
import re

import samples as s
from expected import Files, integer, of_python
from spark_session import spark_session

os.environ["TZ"] = "UTC"
COUNT = 60
UTC = datetime.timezone.utc
MOMENTS = [datetime.datetime(1970, 1, 1, tzinfo=UTC), datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), None, datetime.datetime(2026, 1, 15, 23, 45, 0, 123456, tzinfo=UTC), datetime.datetime(1900, 1, 1, tzinfo=UTC), datetime.datetime(2250, 1, 1, tzinfo=UTC)]
FAR = [datetime.datetime(9999, 12, 31, tzinfo=UTC), None, datetime.datetime(1600, 3, 1, tzinfo=UTC)]


def walls(moments):
    return [walled(moment) for moment in moments]


def walled(value):
    """The same without a zone, in lists and structs too."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    return type(value)(walled(item) for item in value) if isinstance(value, (list, tuple)) else value


def cell(value, names):
    """A tuple is a struct with these fields."""
    if isinstance(value, tuple):
        return ["o", [[name, cell(item, names)] for name, item in zip(names, value, strict=True)]]
    if isinstance(value, list):
        return ["l", [cell(item, names) for item in value]]
    if isinstance(value, dict):
        return ["o", [[str(key), cell(item, names)] for key, item in value.items()]]
    return of_python(value)


# name -> (type of the schema, values, how a schema says it)
COLUMNS = {
    "boolean": ("boolean", s.BOOLS, "boolean"),
    "byte": ("tinyint", s.of_bits(8, True), "int"),
    "short": ("smallint", s.of_bits(16, True), "int"),
    "int": ("int", s.of_bits(32, True), "int"),
    "long": ("bigint", s.of_bits(64, True), "bigint"),
    "float": ("float", s.FLOATS, "number"),
    "double": ("double", s.DOUBLES, "number"),
    "string": ("string", s.TEXTS, "string"),
    "binary": ("binary", s.BINARIES, None),
    "date": ("date", s.DATES, "date"),
    "timestamp": ("timestamp", MOMENTS, "naive instant"),
    "timestamp_ntz": ("timestamp_ntz", walls(MOMENTS), "naive instant"),
    "decimal_4_2": ("decimal(4,2)", s.decimals(4, 2), "decimal 4 2"),
    "decimal_9_0": ("decimal(9,0)", s.decimals(9, 0), "decimal 9 0"),
    "decimal_10_3": ("decimal(10,3)", s.decimals(10, 3), "decimal 10 3"),
    "decimal_18_6": ("decimal(18,6)", s.decimals(18, 6), "decimal 18 6"),
    "decimal_38_10": ("decimal(38,10)", s.decimals(38, 10), None),
    "array": ("array<bigint>", [[1, 2], [], None, [None]], None),
    "array_of_text": ("array<string>", [["a", ""], [], None, [None]], None),
    "array_of_arrays": ("array<array<int>>", [[[1], []], None, [None]], None),
    "array_of_dates": ("array<date>", [[s.DATES[0]], None], None),
    "array_of_timestamps": ("array<timestamp>", [[MOMENTS[3], None], None], None),
    "array_of_structs": ("array<struct<a:int,b:string>>", [[(1, "x"), None], [], None], None),
    "struct": ("struct<a:int,b:string>", [(1, "x"), None, (None, None)], None),
    "struct_of_times": ("struct<t:timestamp,d:date,n:decimal(9,2)>", [(MOMENTS[3], s.DATES[0], decimal.Decimal("1.50")), (None, None, None)], None),
    "map": ("map<string,int>", [{"a": 1, "b": None}, {}, None], None),
    "map_of_longs": ("map<bigint,string>", [{1: "a", -5: None}, None], None),
    "map_of_structs": ("map<string,struct<a:int>>", [{"x": (1,), "y": None}, None], None),
}


def main(root):
    from pyspark.sql.types import LongType, StructType, _parse_datatype_string

    spark = spark_session("foreign-writers", **{"spark.sql.legacy.parquet.nanosAsLong": "false"})
    out = Files(root, "spark")

    def frame(kind, values, count=COUNT):
        schema = StructType().add("k", LongType(), False).add("v", _parse_datatype_string(kind), True)
        rows = [(i, value) for i, value in enumerate(s.cycled(values, count))]
        return spark.createDataFrame(rows, schema).coalesce(1)

    def cells(kind, values, count=COUNT, stored="INT96"):
        names = re.findall(r"(\w+):", kind)
        # INT96, which Spark writes unless told otherwise, says nothing of a zone.
        values = [walled(value) for value in values] if stored == "INT96" else values
        return [[integer(i), cell(value, names)] for i, value in enumerate(s.cycled(values, count))]

    def write(name, df, expected, says=None, options=None, settings=None):
        for key, value in (settings or {}).items():
            spark.conf.set(key, value)
        try:
            df.write.options(**(options or {})).parquet(out.folder(name))
        finally:
            for key in settings or {}:
                spark.conf.unset(key)
        out.says(name, df.columns, expected, declared=says, parts=True)

    def column(name, called, says=True, **how):
        kind, values, known = COLUMNS[called]
        write(name, frame(kind, values), cells_of(called), known if says else None, **how)

    def cells_of(called):
        kind, values, _ = COLUMNS[called]
        return cells(kind, values)

    for name in COLUMNS:
        column(name, name)
        column(f"{name}-v2", name, options={"parquet.writer.version": "PARQUET_2_0", "compression": "zstd"})
        column(f"{name}-legacy", name, settings={"spark.sql.parquet.writeLegacyFormat": "true"}, options={"parquet.enable.dictionary": "false", "compression": "gzip"})
        kind, _, known = COLUMNS[name]
        write(f"{name}-no-rows", frame(kind, [], 0), [], known)
    for name in ("long", "string", "double", "array", "timestamp"):
        for codec in ("none", "snappy", "gzip", "zstd", "lz4", "lz4_raw"):
            column(f"{name}-{codec}", name, options={"compression": codec})
    for stored in ("INT96", "TIMESTAMP_MICROS", "TIMESTAMP_MILLIS"):
        moments = MOMENTS if stored != "TIMESTAMP_MILLIS" else [MOMENTS[0], None, datetime.datetime(2026, 1, 15, 1, 2, 3, 4000, tzinfo=UTC)]
        for what, values in (("", moments), ("-far", FAR)):
            expected = cells("timestamp", values, stored=stored)
            settings = {"spark.sql.parquet.outputTimestampType": stored, "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED", "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED"}
            says = ("naive instant" if stored == "INT96" else "instant") if not what else None
            write(f"timestamp-as-{stored.lower()}{what}", frame("timestamp", values), expected, says, settings=settings)
    for called in ("array_of_timestamps", "struct_of_times"):
        kind, values, _ = COLUMNS[called]
        write(f"{called}-as-micros", frame(kind, values), cells(kind, values, stored="micros"), settings={"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS"})
    rebased = [datetime.date(1500, 1, 1), datetime.date(2026, 1, 15), None]
    write("date-rebased-corrected", frame("date", rebased), cells("date", rebased), "date", settings={"spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED"})
    column("long-bloom", "long", options={"parquet.bloom.filter.enabled#v": "true", "parquet.bloom.filter.expected.ndv#v": "100"})
    column("string-small-pages", "string", options={"parquet.page.size": "256", "parquet.block.size": "2048", "parquet.page.row.count.limit": "7"})
    column("string-byte-stream", "double", options={"parquet.enable.bytestreamsplit": "true", "parquet.enable.dictionary": "false"})

    def of_sql(name, select, says=None):
        df = spark.sql(select).coalesce(1)
        rows = [[integer(row[0]), *[of_python(value) for value in row[1:]]] for row in df.collect()]
        write(name, df, rows, says)

    of_sql("char", "SELECT id AS k, CAST('ab' AS CHAR(4)) AS v FROM range(5)", "string")
    of_sql("varchar", "SELECT id AS k, CAST('ab' AS VARCHAR(4)) AS v FROM range(5)", "string")
    of_sql("null-text", "SELECT id AS k, CAST(NULL AS STRING) AS v FROM range(5)", "string")
    for name, select in {
        "interval-day": "SELECT id AS k, make_dt_interval(1, 2, 3, 4.5) AS v FROM range(3)",
        "interval-year": "SELECT id AS k, make_ym_interval(1, 2) AS v FROM range(3)",
        "variant": "SELECT id AS k, parse_json('{\"a\": 1}') AS v FROM range(3)",
    }.items():
        expected = {"interval-day": ["i", str(((26 * 60 + 3) * 60) * 10**6 + 4_500_000)], "interval-year": ["i", "14"], "variant": '{"a":1}'}[name]
        write(name, spark.sql(select).coalesce(1), [[integer(i), expected] for i in range(3)])

    many = spark.createDataFrame([(i, f"v{i}") for i in range(100)], "k bigint, v string")
    write("many-parts", many.repartition(4), [[integer(i), f"v{i}"] for i in range(100)])
    odd = ["a", "b/c", "d e", "é", "x=y", None, "100%", "A:B", "#", "c\\d"]
    rows = [(i, value, i * 2) for i, value in enumerate(s.cycled(odd, 60))]
    divided = spark.createDataFrame(rows, "k bigint, p string, v bigint")
    divided.write.mode("append").partitionBy("p").parquet(out.folder("hive-partitions", ""))
    out.says("hive-partitions", ["k", "p", "v"], [[integer(k), p, integer(v)] for k, p, v in rows], partitions={"p": "string"})
    dated = [(i, s.cycled([datetime.date(2026, 1, 15), None], 20)[i], i % 3) for i in range(20)]
    spark.createDataFrame(dated, "k bigint, p date, q int").write.mode("append").partitionBy("p", "q").parquet(out.folder("hive-partitions-of-dates", ""))
    out.says("hive-partitions-of-dates", ["k", "p", "q"], [[integer(k), of_python(p), integer(q)] for k, p, q in dated], partitions={"p": "date", "q": "int"})
    spark.stop()
