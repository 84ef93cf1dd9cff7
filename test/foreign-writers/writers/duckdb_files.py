"""Files of DuckDB, of the version that pip has; `test/second-reader` has the one of npm."""

import duckdb

import samples as s
from expected import Files, of_python
from of_arrow import rows

# Columns as SQL; each is a list that a file goes through over and over.
COLUMNS = {
    "boolean": ("true, false, NULL", "BOOLEAN", "boolean"),
    "tinyint": ("-128, 127, NULL, 0", "TINYINT", "int"),
    "smallint": ("-32768, 32767, NULL", "SMALLINT", "int"),
    "integer": ("-2147483648, 2147483647, NULL", "INTEGER", "int"),
    "bigint": ("-9223372036854775808, 9223372036854775807, NULL", "BIGINT", "bigint"),
    "utinyint": ("0, 255, NULL", "UTINYINT", "int"),
    "usmallint": ("0, 65535, NULL", "USMALLINT", "int"),
    "uinteger": ("0, 4294967295, NULL", "UINTEGER", "int"),
    "ubigint": ("0, 18446744073709551615, NULL", "UBIGINT", None),
    "float": ("'nan', '-inf', 1.5, '-0.0', NULL", "FLOAT", "number"),
    "double": ("'nan', 'inf', 0.1, '-0.0', 5e-324, NULL", "DOUBLE", "number"),
    "varchar": ("'', 'a', NULL, 'é', '日本語', '😀'", "VARCHAR", "string"),
    "blob": ("'\\xFF\\x00'::BLOB, ''::BLOB, NULL", "BLOB", None),
    "date": ("DATE '1970-01-01', DATE '0001-01-01', DATE '9999-12-31', NULL", "DATE", "date"),
    "time": ("TIME '00:00:00', TIME '23:59:59.999999', NULL", "TIME", None),
    "timestamp_s": ("TIMESTAMP '1969-12-31 23:59:59', NULL", "TIMESTAMP_S", "naive instant"),
    "timestamp_ms": ("TIMESTAMP '1969-12-31 23:59:59.999', NULL", "TIMESTAMP_MS", "naive instant"),
    "timestamp": ("TIMESTAMP '2026-01-15 23:59:59.999999', TIMESTAMP '1677-09-22 00:00:00', NULL", "TIMESTAMP", "naive instant"),
    "timestamp_ns": ("TIMESTAMP_NS '2026-01-15 23:59:59.999999999', NULL", "TIMESTAMP_NS", "naive instant"),
    "timestamptz": ("TIMESTAMPTZ '2026-01-15 23:59:59.999999+02', NULL", "TIMESTAMPTZ", "instant"),
    "decimal_4_1": ("999.9, -999.9, NULL, 0.0", "DECIMAL(4,1)", "decimal 4 1"),
    "decimal_9_4": ("99999.9999, -0.0001, NULL", "DECIMAL(9,4)", "decimal 9 4"),
    "decimal_18_6": ("999999999999.999999, -0.000001, NULL", "DECIMAL(18,6)", "decimal 18 6"),
    "decimal_38_10": ("1.5, -1.5, NULL", "DECIMAL(38,10)", None),
    "enum": ("'a', 'b', NULL", "ENUM('a', 'b', 'c')", None),
    "list": ("[1, 2], [], NULL, [NULL]", "INTEGER[]", None),
    "list_of_lists": ("[['a'], []], [], NULL, [NULL]", "VARCHAR[][]", None),
    "array": ("[1, 2, 3], NULL, [4, NULL, 6]", "INTEGER[3]", None),
    "struct": ("{'a': 1, 'b': 'x'}, NULL, {'a': NULL, 'b': NULL}", "STRUCT(a INTEGER, b VARCHAR)", None),
    "map": ("MAP {'a': 1, 'b': NULL}, MAP {}, NULL", "MAP(VARCHAR, INTEGER)", None),
    "map_of_integers": ("MAP {10: 'a', -1: NULL}, NULL", "MAP(INTEGER, VARCHAR)", None),
    "json": ("'{\"a\": 1}', '[]', NULL", "JSON", None),
}

# What Arrow has no exact counterpart of is said as text by DuckDB itself.
AS_TEXT = {
    "uuid": ("'123e4567-e89b-12d3-a456-426614174000', NULL", "UUID"),
    "interval": ("INTERVAL '1 month 2 days 3 seconds', NULL", "INTERVAL"),
    "bignum": ("1, NULL", "BIGNUM"),
    "bit": ("'0101'::BIT, NULL", "BIT"),
}


# What DuckDB writes as something else, said in that type: an integer of 128 bits as a double, a time with a zone as one in UTC.
WRITTEN_AS = {
    "hugeint": ("1, -1, NULL", "HUGEINT", "CAST(v AS DOUBLE)"),
    "uhugeint": ("1, 2, NULL", "UHUGEINT", "CAST(v AS DOUBLE)"),
    "timetz": ("TIMETZ '12:00:00+02', NULL", "TIMETZ", "CAST(v AS TIME) - INTERVAL 2 HOUR"),
}

# No calendar has them.
INFINITE = {
    "date_infinity": ("DATE 'infinity', DATE '2026-01-15', NULL", "DATE"),
    "timestamp_infinity": ("TIMESTAMP '-infinity', TIMESTAMP '2026-01-15', NULL", "TIMESTAMP"),
}


def main(root):
    out = Files(root, "duckdb")
    con = duckdb.connect(":memory:")
    con.execute("SET TimeZone = 'UTC'")

    def table(values, kind, count=75):
        """`count` rows; a value of the list each."""
        con.execute(f"CREATE OR REPLACE TABLE choice (i INTEGER, v {kind})")
        for i, value in enumerate(split(values)):
            con.execute(f"INSERT INTO choice SELECT {i}, CAST({value} AS {kind})")
        con.execute(
            "CREATE OR REPLACE TABLE t AS SELECT r.i AS k, v "
            f"FROM range({count}) r(i) JOIN choice ON choice.i = (r.i * 7 + r.i // 5) % (SELECT count(*) FROM choice) ORDER BY r.i"
        )

    def write(name, options="", expected=None, says=None):
        path = out.path(name)
        con.execute(f"COPY (FROM t ORDER BY k) TO '{path}' (FORMAT parquet{options})")
        cells = expected or rows(con.sql("FROM t ORDER BY k").to_arrow_table())
        out.says(name, ["k", "v"], cells, declared=says)

    for name, (values, kind, says) in COLUMNS.items():
        table(values, kind)
        write(name, says=says)
        write(f"{name}-v2", ", PARQUET_VERSION v2, COMPRESSION zstd", says=says)
        write(f"{name}-groups", ", ROW_GROUP_SIZE 20, COMPRESSION gzip", says=says)
        table(values, kind, 0)
        write(f"{name}-no-rows", says=says)
    for name, (values, kind) in AS_TEXT.items():
        table(values, kind)
        found = con.execute("SELECT k, CAST(v AS VARCHAR) FROM t ORDER BY k").fetchall()
        write(name, expected=[[of_python(cell) for cell in row] for row in found])
    for name, (values, kind, as_written) in WRITTEN_AS.items():
        table(values, kind)
        write(name, expected=rows(con.sql(f"SELECT k, {as_written} AS v FROM t ORDER BY k").to_arrow_table()))
    for name, (values, kind) in INFINITE.items():
        table(values, kind)
        found = con.execute("SELECT k, CAST(v AS VARCHAR) FROM t ORDER BY k").fetchall()
        write(name, expected=[[of_python(cell) for cell in row] for row in found])
    for name in ("bigint", "double", "varchar", "list", "struct"):
        table(*COLUMNS[name][:2])
        for codec in ("uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4", "lz4_raw"):
            write(f"{name}-{codec}", f", COMPRESSION {codec}")

    con.execute("CREATE OR REPLACE TABLE t AS SELECT i AS k, CASE i % 4 WHEN 0 THEN 'a' WHEN 1 THEN 'b/c' WHEN 2 THEN NULL ELSE 'é =' END AS p, i * 2 AS v FROM range(40) r(i)")
    folder = out.folder("hive-partitions", "")
    con.execute(f"COPY t TO '{folder}' (FORMAT parquet, PARTITION_BY (p), OVERWRITE_OR_IGNORE)")
    out.says("hive-partitions", ["k", "p", "v"], rows(con.sql("FROM t").to_arrow_table()), partitions={"p": "string"})
    folder = out.folder("per-thread")
    con.execute(f"COPY t TO '{folder}' (FORMAT parquet, PER_THREAD_OUTPUT)")
    out.says("per-thread", ["k", "p", "v"], rows(con.sql("FROM t").to_arrow_table()), parts=True)


def split(values):
    """At commas outside brackets and quotes."""
    found, depth, quoted = [""], 0, False
    for char in values:
        if char == "'":
            quoted = not quoted
        elif not quoted:
            depth += (char in "[{(") - (char in "]})")
        if char == "," and depth == 0 and not quoted:
            found.append("")
        else:
            found[-1] += char
    return [value.strip() for value in found]
