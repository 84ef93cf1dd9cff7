"""Files of ClickHouse, by chDB, which is ClickHouse as a Python module."""

import json

import chdb

from expected import Files, floating, instant, integer

# name -> (type, values in SQL, what they read as, how a schema says it)
COLUMNS = {
    "bool": ("Bool", "true, false", [True, False], "boolean"),
    "int8": ("Int8", "-128, 127", [-128, 127], "int"),
    "int16": ("Int16", "-32768, 32767", [-32768, 32767], "int"),
    "int32": ("Int32", "-2147483648, 2147483647", [-2147483648, 2147483647], "int"),
    "int64": ("Int64", "-9223372036854775808, 9223372036854775807", [-(1 << 63), (1 << 63) - 1], "bigint"),
    "uint8": ("UInt8", "0, 255", [0, 255], "int"),
    "uint16": ("UInt16", "0, 65535", [0, 65535], "int"),
    "uint32": ("UInt32", "0, 4294967295", [0, 4294967295], "int"),
    "uint64": ("UInt64", "0, 18446744073709551615", [0, (1 << 64) - 1], None),
    "int128": ("Int128", "1, -1", [["b", "01" + "00" * 15], ["b", "ff" * 16]], None),
    "uint256": ("UInt256", "1, 258", [["b", "01" + "00" * 31], ["b", "0201" + "00" * 30]], None),
    "float32": ("Float32", "nan, inf, 1.5, -0.0", [floating(float("nan")), floating(float("inf")), floating(1.5), floating(-0.0)], "number"),
    "float64": ("Float64", "nan, -inf, 0.1, 5e-324", [floating(float("nan")), floating(float("-inf")), floating(0.1), floating(5e-324)], "number"),
    "string": ("String", "'', 'é', '日本語'", ["", "é", "日本語"], "string"),
    "fixed_string": ("FixedString(4)", "'abcd', 'a'", [["b", "61626364"], ["b", "61000000"]], None),
    "low_cardinality": ("LowCardinality(String)", "'x', 'y'", ["x", "y"], "string"),
    "enum8": ("Enum8('low' = 1, 'high' = 2)", "'low', 'high'", ["low", "high"], None),
    "enum16": ("Enum16('low' = -300, 'high' = 2)", "'low', 'high'", ["low", "high"], None),
    "uuid": ("UUID", "'123e4567-e89b-12d3-a456-426614174000', '00000000-0000-0000-0000-000000000001'", ["123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-000000000001"], None),
    "ipv4": ("IPv4", "'1.2.3.4', '255.255.255.255'", [0x01020304, 0xFFFFFFFF], None),
    "ipv6": ("IPv6", "'::1', '2001:db8::1'", [["b", "00" * 15 + "01"], ["b", "20010db8" + "00" * 11 + "01"]], None),
    "date": ("Date", "'1970-01-01', '2149-06-06'", ["1970-01-01", "2149-06-06"], "date"),
    "date32": ("Date32", "'1900-01-01', '2299-12-31'", ["1900-01-01", "2299-12-31"], "date"),
    "datetime": ("DateTime('UTC')", "'2026-01-15 23:45:00', '1970-01-01 00:00:00'", [instant(1768520700 * 10**9), instant(0)], "instant"),
    "datetime64_3": ("DateTime64(3, 'UTC')", "'2026-01-15 23:45:00.123', '1969-12-31 23:59:59.999'", [instant(1768520700123 * 10**6), instant(-(10**6))], "instant"),
    "datetime64_6": ("DateTime64(6, 'UTC')", "'2026-01-15 23:45:00.123456', '1969-12-31 23:59:59.999999'", [instant(1768520700123456 * 10**3), instant(-(10**3))], "instant"),
    "datetime64_9": ("DateTime64(9, 'UTC')", "'2026-01-15 23:45:00.123456789', '1969-12-31 23:59:59.999999999'", [instant(1768520700123456789), instant(-1)], "instant"),
    "decimal32": ("Decimal(9, 2)", "9999999.99, -0.01", ["9999999.99", "-0.01"], "decimal 9 2"),
    "decimal64": ("Decimal(18, 4)", "'99999999999999.9999', '-0.0001'", ["99999999999999.9999", "-0.0001"], "decimal 18 4"),
    "decimal128": ("Decimal(38, 4)", "1.5, -1.5", ["1.5000", "-1.5000"], None),
    "decimal256": ("Decimal(76, 4)", "1.5, -1.5", ["1.5000", "-1.5000"], None),
    "array": ("Array(Int64)", "[1, 2], []", [["l", [integer(1), integer(2)]], ["l", []]], None),
    "array_of_nullable": ("Array(Nullable(String))", "['a', NULL], []", [["l", ["a", None]], ["l", []]], None),
    "array_of_arrays": ("Array(Array(Int32))", "[[1], []], []", [["l", [["l", [integer(1)]], ["l", []]]], ["l", []]], None),
    "tuple": ("Tuple(a Int64, b String)", "(1, 'x'), (2, '')", [["o", [["a", integer(1)], ["b", "x"]]], ["o", [["a", integer(2)], ["b", ""]]]], None),
    "tuple_without_names": ("Tuple(Int64, String)", "(1, 'x'), (2, '')", [["o", [["1", integer(1)], ["2", "x"]]], ["o", [["1", integer(2)], ["2", ""]]]], None),
    "map": ("Map(String, Int64)", "map('a', 1, 'b', 2), map()", [["o", [["a", integer(1)], ["b", integer(2)]]], ["o", []]], None),
    # A map of ClickHouse may have a key twice.
    "map_key_twice": ("Map(String, Int64)", "map('a', 1, 'a', 2), map('b', 3)", [["o", [["a", integer(1)], ["a", integer(2)]]], ["o", [["b", integer(3)]]]], None),
    "map_of_numbers": ("Map(UInt32, String)", "map(10, 'a', 4294967295, ''), map()", [["o", [["10", "a"], ["4294967295", ""]]], ["o", []]], None),
    "nested": ("Nested(a Int64, b String)", "[(1, 'x')], []", [["l", [["o", [["a", integer(1)], ["b", "x"]]]]], ["l", []]], None),
    "bytes": ("String", "unhex('ff00'), 'a'", [["b", "ff00"], ["b", "61"]], None),
}
NULLABLE = ("bool", "int8", "int32", "int64", "uint64", "float64", "string", "uuid", "date32", "datetime64_9", "decimal64", "enum8", "ipv4", "fixed_string", "low_cardinality")
COUNT = 50


def cell(value):
    return integer(value) if type(value) is int else value


def main(root):
    out = Files(root, "clickhouse")
    version = chdb.query("SELECT version()", "TSV").data().strip()
    print(f"ClickHouse {version}")

    def write(name, kind, values, cells, says=None, count=COUNT, **settings):
        path = out.path(name)
        said = {"output_format_parquet_string_as_string": 1, **settings}
        text = ", ".join(f"{key} = {json.dumps(value) if not isinstance(value, str) else repr(value)}" for key, value in said.items())
        how = "allow_suspicious_low_cardinality_types = 1, flatten_nested = 0, "
        chosen = f"SELECT toInt64(number) AS k, CAST(arrayElement([{values}], number % {len(cells)} + 1) AS {kind}) AS v FROM numbers({count})"
        if kind.startswith(("Tuple", "Map", "Nested", "FixedString", "LowCardinality")):
            cases = split(values)
            picks = ", ".join(f"number % {len(cells)} = {i}, CAST({value} AS {kind})" for i, value in enumerate(cases[:-1]))
            chosen = f"SELECT toInt64(number) AS k, multiIf({picks}, CAST({cases[-1]} AS {kind})) AS v FROM numbers({count})"
        chdb.query(f"INSERT INTO FUNCTION file('{path}', 'Parquet') {chosen} SETTINGS {how}{text}")
        out.says(name, ["k", "v"], [[integer(i), cell(cells[i % len(cells)])] for i in range(count)], declared=says)

    for name, (kind, values, cells, says) in COLUMNS.items():
        plain = {"output_format_parquet_string_as_string": 0} if name == "bytes" else {}
        write(name, kind, values, cells, says, **plain)
        write(f"{name}-groups", kind, values, cells, says, output_format_parquet_row_group_size=7, output_format_parquet_compression_method="snappy", **plain)
        write(f"{name}-no-rows", kind, values, cells, says, 0, **plain)
        write(f"{name}-arrow-encoder", kind, values, cells, None, output_format_parquet_use_custom_encoder=0, **plain)
    for name in NULLABLE:
        kind, values, cells, says = COLUMNS[name]
        inner = kind[len("LowCardinality(") : -1] if kind.startswith("LowCardinality") else None
        nullable = f"LowCardinality(Nullable({inner}))" if inner else f"Nullable({kind})"
        write(f"{name}-nullable", nullable, f"{values}, NULL", [*cells, None], says)
    for name in ("int64", "string", "array", "float64"):
        kind, values, cells, says = COLUMNS[name]
        for codec in ("none", "snappy", "gzip", "zstd", "brotli", "lz4"):
            write(f"{name}-{codec}", kind, values, cells, says, output_format_parquet_compression_method=codec)
    kind, values, cells, says = COLUMNS["datetime"]
    write("datetime-as-uint32", kind, values, [1768520700, 0], None, output_format_parquet_datetime_as_uint32=1)
    write("string-page-checksums", "String", "'a', 'b'", ["a", "b"], "string", output_format_parquet_write_checksums=1)
    write("string-bloom", "String", "'a', 'b'", ["a", "b"], "string", output_format_parquet_write_bloom_filter=1)


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
