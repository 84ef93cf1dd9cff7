"""Files of pyarrow: every type, codec, page version and encoding that it writes."""

import decimal
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import samples as s
from expected import Files
from of_arrow import rows

UNIT_NS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1000, "ns": 1}


def ticks(values, unit):
    return [None if value is None else value // UNIT_NS[unit] for value in values]


def fixed_lists(values):
    return [None if value is None else [value, value, None] for value in values]


def types():
    """name -> (type, values)"""
    yield "null", pa.null(), [None]
    yield "bool", pa.bool_(), s.BOOLS
    for bits in (8, 16, 32, 64):
        yield f"int{bits}", getattr(pa, f"int{bits}")(), s.of_bits(bits, True)
        yield f"uint{bits}", getattr(pa, f"uint{bits}")(), s.of_bits(bits, False)
    halves = [0.0, -0.0, 1.5, s.NAN, s.INF, -s.INF, None, 65504.0, 2.0**-24, 0.333]
    yield "float16", pa.float16(), [None if v is None else np.float16(v) for v in halves]
    yield "float32", pa.float32(), s.FLOATS
    yield "float64", pa.float64(), s.DOUBLES
    yield "string", pa.string(), s.TEXTS
    yield "large_string", pa.large_string(), s.TEXTS
    yield "string_view", pa.string_view(), s.TEXTS
    yield "dictionary", pa.dictionary(pa.int32(), pa.string()), s.TEXTS
    yield "dictionary_int", pa.dictionary(pa.int8(), pa.int64()), [5, 6, None, 5, 7]
    yield "binary", pa.binary(), s.BINARIES
    yield "large_binary", pa.large_binary(), s.BINARIES
    yield "binary_view", pa.binary_view(), s.BINARIES
    yield "fixed7", pa.binary(7), s.FIXED
    yield "uuid", pa.uuid(), [None if v is None else v.bytes for v in s.UUIDS]
    yield "json", pa.json_(), ['{"a":1}', "[]", None, '"é"']
    yield "date32", pa.date32(), s.DATES
    yield "date64", pa.date64(), s.DATES
    for unit in ("s", "ms"):
        yield f"time32_{unit}", pa.time32(unit), ticks(s.TIMES, unit)
    for unit in ("us", "ns"):
        yield f"time64_{unit}", pa.time64(unit), ticks(s.TIMES, unit)
    for unit in UNIT_NS:
        yield f"timestamp_{unit}", pa.timestamp(unit), ticks(s.INSTANTS, unit)
        for zone in ("UTC", "America/New_York", "+05:30"):
            yield f"timestamp_{unit}_{zone.replace('/', '_').replace(':', '')}", pa.timestamp(unit, zone), ticks(s.INSTANTS, unit)
        yield f"duration_{unit}", pa.duration(unit), [0, 1, -1, None, 10**12]
    for precision, scale in ((1, 0), (4, 2), (9, 9), (10, 3), (18, 6), (18, 18), (19, 0), (38, 10)):
        yield f"decimal128_{precision}_{scale}", pa.decimal128(precision, scale), s.decimals(precision, scale)
    yield "decimal32_9_2", pa.decimal32(9, 2), s.decimals(9, 2)
    yield "decimal64_18_4", pa.decimal64(18, 4), s.decimals(18, 4)
    yield "decimal256_18_2", pa.decimal256(18, 2), s.decimals(18, 2)
    yield "decimal256_76_5", pa.decimal256(76, 5), s.decimals(76, 5)
    yield "list_int", pa.list_(pa.int64()), [[1, 2], [], None, [None], [3, None, 4]]
    yield "list_string", pa.list_(pa.string()), [["a", ""], [], None, [None, "b"]]
    yield "list_float16", pa.list_(pa.float16()), [[np.float16(1.5)], None, [np.float16(s.NAN), None]]
    yield "list_decimal", pa.list_(pa.decimal128(9, 2)), [[decimal.Decimal("1.50")], [], [None]]
    yield "list_date", pa.list_(pa.date32()), [s.DATES[:2], None, [s.DATES[3]]]
    yield "list_timestamp", pa.list_(pa.timestamp("us", "UTC")), [[0, 1], None, [None, -1]]
    yield "list_uuid", pa.list_(pa.uuid()), [[s.UUIDS[1].bytes], None, []]
    yield "list_bytes", pa.list_(pa.binary()), [[b"\xff", None], None, [b""]]
    yield "large_list", pa.large_list(pa.int32()), [[1, 2], [], None, [None]]
    yield "fixed_list", pa.list_(pa.int32(), 3), fixed_lists([1, None, 2])
    yield "list_list", pa.list_(pa.list_(pa.int32())), [[[1], []], [], None, [None, [2, None]]]
    pair = pa.struct([("a", pa.int64()), ("b", pa.string())])
    yield "struct", pair, [{"a": 1, "b": "x"}, None, {"a": None, "b": None}, {"a": 2, "b": ""}]
    yield "struct_struct", pa.struct([("in", pair), ("c", pa.bool_())]), [{"in": {"a": 1, "b": "x"}, "c": True}, {"in": None, "c": None}, None]
    yield "struct_dot", pa.struct([("a.b", pa.int32()), ("a", pa.int32())]), [{"a.b": 1, "a": 2}, None]
    yield "struct_null", pa.struct([("a", pa.int32()), ("n", pa.null())]), [{"a": 1, "n": None}, None]
    yield "struct_times", pa.struct([("t", pa.timestamp("ns")), ("z", pa.timestamp("ms", "UTC")), ("c", pa.time64("us"))]), [{"t": 1, "z": 2, "c": 3}, {"t": None, "z": None, "c": None}]
    yield "list_struct", pa.list_(pair), [[{"a": 1, "b": "x"}, None], [], None]
    yield "map_string_int", pa.map_(pa.string(), pa.int64()), [[("a", 1), ("b", None)], [], None, [("", 2)]]
    yield "map_int_string", pa.map_(pa.int32(), pa.string()), [[(10, "x"), (-1, None)], [], None]
    yield "map_date_double", pa.map_(pa.date32(), pa.float64()), [[(s.DATES[0], 1.5)], None]
    yield "map_bool", pa.map_(pa.bool_(), pa.int8()), [[(True, 1), (False, 2)], None]
    yield "map_of_lists", pa.map_(pa.string(), pa.list_(pa.int32())), [[("a", [1, None]), ("b", [])], None]
    yield "map_of_maps", pa.map_(pa.string(), pa.map_(pa.string(), pa.int32())), [[("a", [("b", 1)])], None, []]
    yield "list_map", pa.list_(pa.map_(pa.string(), pa.int32())), [[[("a", 1)], []], None]
    # Arrow, as the format, lets a map have a key twice.
    yield "map_key_twice", pa.map_(pa.string(), pa.int32()), [[("a", 1), ("a", 2)], [("b", 3)]]


def declared(kind):
    """How the schema of a dataset says this type, if it does."""
    if pa.types.is_timestamp(kind):
        return "instant" if kind.tz is not None else "naive instant"
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "int" if kind.bit_width < 64 else "bigint" if kind == pa.int64() else None
    if pa.types.is_floating(kind):
        return "number"
    if pa.types.is_decimal(kind) and kind.precision <= 18:
        return f"decimal {kind.precision} {kind.scale}"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "string"
    return None


class Writer:
    def __init__(self, root):
        self.out = Files(root, "pyarrow")

    def write(self, name, table, says=None, **options):
        path = self.out.path(name)
        pq.write_table(table, path, **options)
        self.out.says(name, table.column_names, rows(table) if table.num_columns > 0 else [], declared=says)

    def column(self, name, kind, values, count=101, nullable=True, says=True, **options):
        values = values if nullable else [value for value in values if value is not None]
        if isinstance(kind, pa.BaseExtensionType):
            column = pa.ExtensionArray.from_storage(kind, pa.array(s.cycled(values, count), kind.storage_type))
        elif pa.types.is_list(kind) and isinstance(kind.value_type, pa.BaseExtensionType):
            stored = pa.array(s.cycled(values, count), pa.list_(kind.value_type.storage_type))
            column = stored.cast(kind)
        elif pa.types.is_dictionary(kind):
            column = pa.array(s.cycled(values, count), kind.value_type).dictionary_encode().cast(kind)
        else:
            column = pa.array(s.cycled(values, count), kind)
        fields = [pa.field("k", pa.int64(), nullable=False), pa.field("v", kind, nullable=nullable)]
        table = pa.table([pa.array(range(count), pa.int64()), column], schema=pa.schema(fields))
        self.write(name, table, says=declared(kind) if says else None, **options)


CODECS = ("none", "snappy", "gzip", "brotli", "zstd", "lz4")


def main(root):
    w = Writer(root)
    known = list(types())
    small = {"data_page_size": 200, "write_batch_size": 10}
    for name, kind, values in known:
        w.column(f"{name}", kind, values)
        w.column(f"{name}-v2-pages", kind, values, data_page_version="2.0", compression="zstd", use_dictionary=False, **small)
        w.column(f"{name}-groups", kind, values, row_group_size=17, compression="gzip", **small)
        if name != "null":
            w.column(f"{name}-required", kind, values, nullable=False, use_dictionary=False, compression="none")
        w.column(f"{name}-all-null", kind, [None], count=40)
        w.column(f"{name}-no-rows", kind, [], count=0)

    by_name = {name: (kind, values) for name, kind, values in known}
    for name in ("int32", "float64", "string", "bool", "decimal128_10_3", "list_string", "struct", "map_string_int", "timestamp_us_UTC"):
        for codec in CODECS:
            for version in ("1.0", "2.0"):
                for dictionary in (True, False):
                    code = f"{name}-{codec}-v{version[0]}{'-dictionary' if dictionary else ''}"
                    w.column(code, *by_name[name], count=500, compression=codec, data_page_version=version, use_dictionary=dictionary, data_page_size=700)

    ints = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "date32", "time32_ms", "time64_ns", "timestamp_ns", "timestamp_ms_UTC")
    texts = ("string", "binary", "json", "large_string")
    splits = (*ints, "float16", "float32", "float64", "fixed7", "uuid", "decimal128_18_6", "decimal128_4_2")
    for encoding, names in {
        "PLAIN": (*ints, *texts, *splits, "bool"),
        "DELTA_BINARY_PACKED": ints,
        "DELTA_LENGTH_BYTE_ARRAY": texts,
        "DELTA_BYTE_ARRAY": (*texts, "fixed7", "uuid", "decimal128_18_6", "float16"),
        "BYTE_STREAM_SPLIT": splits,
        "RLE": ("bool",),
    }.items():
        for name in dict.fromkeys(names):
            for version in ("1.0", "2.0"):
                w.column(f"{name}-{encoding.lower()}-v{version[0]}", *by_name[name], count=300, use_dictionary=False, column_encoding={"v": encoding}, data_page_version=version, data_page_size=400)

    for name in ("timestamp_us", "timestamp_ns_UTC", "timestamp_ms"):
        w.column(f"{name}-int96", *by_name[name], use_deprecated_int96_timestamps=True, says=False) if name != "timestamp_ns_UTC" else None
    plain = pa.array(s.cycled([0, 1, None, 1_768_521_600_000_000_123], 50), pa.timestamp("ns"))
    w.write("int96-plain", pa.table({"k": range(50), "v": plain}), says="naive instant", use_deprecated_int96_timestamps=True, use_dictionary=False, store_schema=False)
    w.write("int96-dictionary", pa.table({"k": range(50), "v": plain}), says="naive instant", use_deprecated_int96_timestamps=True)
    for version in ("1.0", "2.4", "2.6"):
        for name in ("uint32", "timestamp_ms_UTC", "decimal128_10_3"):
            w.column(f"{name}-format-{version}", *by_name[name], version=version, says=False)
    w.column("timestamp_us-as-ms", pa.timestamp("us"), [0, 1000, None, 5_000_000], coerce_timestamps="ms")
    w.column("int64-checksums", *by_name["int64"], write_page_checksum=True, **small)
    w.column("string-page-index", *by_name["string"], write_page_index=True, **small)
    w.column("string-no-statistics", *by_name["string"], write_statistics=False)
    w.column("string-no-schema", *by_name["string"], store_schema=False)
    w.column("string-chunks-by-content", *by_name["string"], count=2000, use_content_defined_chunking=True)
    w.column("list_int-old-names", *by_name["list_int"], use_compliant_nested_type=False)
    w.column("int64-sorted", pa.int64(), list(range(101)), sorting_columns=[pq.SortingColumn(0)])
    w.column("string-bloom", *by_name["string"], bloom_filter_options={"v": {"ndv": 50}})
    long = ["x" * 3_000_000, "é" * 700_000, None, ""]
    for codec in ("none", "snappy", "lz4", "zstd", "brotli"):
        w.column(f"long-strings-{codec}", pa.string(), long, count=4, compression=codec, use_dictionary=False)
    w.column("many-distinct", pa.string(), [f"value {i}" for i in range(30_000)], count=30_000)
    w.column("many-groups", pa.int64(), s.of_bits(64, True), count=600, row_group_size=1)

    odd = ["a.b", "with space", "Case", "case", "日本", "", "\"quoted\"", "a/b", "=", "a,b", "\n", "constructor", "toString", "k", "x" * 300]
    w.write("odd-names", pa.table({name: pa.array([i, None], pa.int32()) for i, name in enumerate(odd)}))
    w.write("name-proto", pa.table({"__proto__": pa.array([1]), "k": pa.array([1])}))
    w.write("one-name-twice", pa.table([pa.array([1]), pa.array([2])], names=["v", "v"]))
    twice = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    w.write("one-field-twice", pa.table({"k": pa.array([1]), "v": twice}))
    w.write("proto-in-struct", pa.table({"k": pa.array([1]), "v": pa.array([{"__proto__": 1}])}))
    w.write("no-columns", pa.table({}))
    w.write("no-columns-some-rows", pa.table({"a": [1, 2, 3]}).select([]))
    w.write("many-columns", pa.table({f"c{i}": pa.array([i]) for i in range(300)}))
    w.write("empty-struct", pa.table({"k": pa.array([1, 2]), "v": pa.array([{}, None], pa.struct([]))})) if can_write_empty_struct() else None

    several(w)
    partitioned(w)


def can_write_empty_struct():
    try:
        # In memory: on an error pyarrow removes the file it was told to write, whatever that is.
        pq.write_table(pa.table({"v": pa.array([{}], pa.struct([]))}), io.BytesIO())
        return True
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False


def several(w):
    """One file of batches that have dictionaries of their own, and files that were concatenated."""
    name = "writer-batches"
    path = w.out.path(name)
    schema = pa.schema([("k", pa.int64()), ("v", pa.string())])
    tables = [pa.table({"k": range(i * 10, i * 10 + 10), "v": [f"{i}-{j % 3}" for j in range(10)]}, schema=schema) for i in range(5)]
    with pq.ParquetWriter(path, schema) as writer:
        for table in tables:
            writer.write_table(table)
    w.out.says(name, schema.names, [row for table in tables for row in rows(table)])


def partitioned(w):
    values = ["a", "b/c", "d e", "é", "x=y", None, "100%"]
    table = pa.table({"k": pa.array(range(70), pa.int64()), "p": s.cycled(values, 70)})
    name = "hive-partitions"
    folder = w.out.folder(name, "")
    pq.write_to_dataset(table, folder, partition_cols=["p"])
    w.out.says(name, table.column_names, rows(table), partitions={"p": "string"})
    numbers = pa.table({"k": pa.array(range(30), pa.int64()), "p": pa.array(s.cycled([1, -2, None], 30), pa.int32()), "q": pa.array(s.cycled([True, False], 30))})
    name = "hive-partitions-of-numbers"
    folder = w.out.folder(name, "")
    pq.write_to_dataset(numbers, folder, partition_cols=["p", "q"])
    w.out.says(name, numbers.column_names, rows(numbers), partitions={"p": "int", "q": "boolean"})
