"""Computes content digests of Parquet files, as docs/manifest.md ("Content digests") defines them.

    python3 content_digest.py FILE...

prints a line for each file: its digest, two spaces, its path. A compacted file has a line for each of its parts, with two
more spaces and the part's own path at the end.

Only Python's standard library is used, and nothing of the library that writes the files: it is a second implementation of
the definition, to be read as well as run. It reads pages that are not compressed, or with Snappy or gzip. What it
does not read is said on the standard error, with exit code 2. Exit code 1: a compacted file names other content for a part than
that part has.
"""

import hashlib
import json
import re
import struct
import sys
import zlib
from datetime import date


class NotRead(Exception):
    """Why a file has no digest here."""


# ---------------------------------------------------------------------------------------------------------------------
# The definition. Everything below this section is only how Parquet stores what it asks for.


def digest_of_rows(columns, declared, start, end):
    """The digest of the rows from `start` up to `end`, not included."""
    line = {
        "v": 1,
        "rows": end - start,
        "columns": [
            {
                "path": column.path,
                "physical": column.physical,
                "logical": column.logical,
                "maxDef": column.max_definition,
                "maxRep": column.max_repetition,
            }
            for column in columns
        ],
        **declared,
    }
    sha256 = hashlib.sha256((canonical_json(line) + "\n").encode("utf-8"))
    for column in columns:
        for block in column.blocks(start, end):
            sha256.update(struct.pack("<Q", len(block)))
            sha256.update(block)
    return sha256.hexdigest()


def declared_in_footer(entries):
    """What a file's own footer says besides its rows."""

    def nanoseconds(key):
        return str(epoch_nanoseconds(entries[key])) if key in entries else None

    return {
        "snapshot_ts": nanoseconds("bronzestore.snapshot_ts"),
        "snapshot_ingested_ts": nanoseconds("bronzestore.snapshot_ingested_ts"),
        "covers": parse_json(entries.get("bronzestore.covers", "[]")),
    }


class Column:
    """A leaf of the schema with all its slots: a slot is a value, a null, or an empty list."""

    def __init__(self, path, element, max_definition, max_repetition):
        self.path = path
        self.type = PHYSICAL[element[1]]
        self.length = element.get(2, 0)
        self.physical = f"{self.type}({self.length})" if self.type == "FIXED_LEN_BYTE_ARRAY" else self.type
        self.logical = logical(element)
        self.max_definition = max_definition
        self.max_repetition = max_repetition
        self.definition = bytearray()
        self.repetition = bytearray()
        self.values = []  # bytes of each, as PLAIN has them; a boolean is a byte

    def blocks(self, start, end):
        """Definition levels, repetition levels and values of some rows."""
        first, last = self.slot_of_row(start), self.slot_of_row(end)
        definition = self.definition[first:last]
        before = self.definition[:first].count(self.max_definition)
        own = definition.count(self.max_definition)
        return (
            definition if self.max_definition > 0 else b"",
            self.repetition[first:last] if self.max_repetition > 0 else b"",
            b"".join(self.values[before : before + own]),
        )

    def slot_of_row(self, row):
        """A row begins where the repetition level is 0."""
        if self.max_repetition == 0:
            return row
        if not hasattr(self, "row_starts"):
            self.row_starts = [slot for slot, level in enumerate(self.repetition) if level == 0]
        return self.row_starts[row] if row < len(self.row_starts) else len(self.repetition)

    def row_count(self):
        return len(self.definition) if self.max_repetition == 0 else self.repetition.count(0)


UNITS = {1: "MILLIS", 2: "MICROS", 3: "NANOS"}
EDGES = ["SPHERICAL", "VINCENTY", "THOMAS", "ANDOYER", "KARNEY"]


def logical(element):
    """The one spelling of an annotation; None for a type that means nothing more than its physical type."""
    newer, older = element.get(10) or {}, element.get(6)
    for field, value in newer.items():
        if field in PLAIN_ANNOTATIONS:
            return PLAIN_ANNOTATIONS[field]
        if field == 5:
            return f"DECIMAL({value.get(2, 0)}, {value.get(1, 0)})"
        if field in (7, 8):
            kind = "TIME" if field == 7 else "TIMESTAMP"
            return f"{kind}({UNITS[next(iter(value[2]))]}, {'UTC' if value.get(1) else 'local'})"
        if field == 10:
            return integer(value.get(1, 0), value.get(2, False))
        if field in (17, 18):
            crs = json.dumps(value[1].decode("utf-8") if 1 in value else "OGC:CRS84", ensure_ascii=False)
            return f"GEOMETRY({crs})" if field == 17 else f"GEOGRAPHY({crs}, {EDGES[value.get(2, 0)]})"
    if older is None or not 0 <= older < len(OLDER_ANNOTATIONS):
        return None
    name = OLDER_ANNOTATIONS[older]
    if name == "DECIMAL":
        return f"DECIMAL({element.get(8, 0)}, {element.get(7, 0)})"
    if re.fullmatch(r"U?INT_\d+", name):
        return integer(int(name.split("_")[1]), name[0] == "I")
    if re.fullmatch(r"TIME(STAMP)?_(MILLIS|MICROS)", name):
        return "{}({}, UTC)".format(*name.split("_"))
    return {"UTF8": "STRING", "MAP_KEY_VALUE": "MAP"}.get(name, name)


def integer(bits, is_signed):
    """Signed 32 and 64 bits are what INT32 and INT64 are anyway."""
    return None if is_signed and bits >= 32 else f"{'INT' if is_signed else 'UINT'}({bits})"


# Fields of the union LogicalType whose members say nothing more.
PLAIN_ANNOTATIONS = {
    1: "STRING",
    2: "MAP",
    3: "LIST",
    4: "ENUM",
    6: "DATE",
    11: "NULL",
    12: "JSON",
    13: "BSON",
    14: "UUID",
    15: "FLOAT16",
    16: "VARIANT",
}
# The enumeration ConvertedType.
OLDER_ANNOTATIONS = (
    "UTF8 MAP MAP_KEY_VALUE LIST ENUM DECIMAL DATE TIME_MILLIS TIME_MICROS TIMESTAMP_MILLIS TIMESTAMP_MICROS UINT_8 UINT_16 "
    "UINT_32 UINT_64 INT_8 INT_16 INT_32 INT_64 JSON BSON INTERVAL"
).split()
PHYSICAL = ["BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"]


# ---------------------------------------------------------------------------------------------------------------------
# Canonical JSON (RFC 8785) and instants


def parse_json(text):
    """As JavaScript does it: every number is a float64."""
    return json.loads(text, parse_int=float)


def canonical_json(value):
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical_json(name)}:{canonical_json(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical_json, value)) + "]"
    if isinstance(value, float):
        return number_text(value)
    return json.dumps(value, ensure_ascii=False)


def number_text(number):
    """ECMAScript and Python choose the same digits, and put the point elsewhere."""
    if number == 0:
        return "0"
    mantissa, exponent = repr(abs(number)), 0
    if "e" in mantissa:
        mantissa, exponent = mantissa.split("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        text = digits.ljust(point, "0")
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        text = f"{digits[0]}{'.' if len(digits) > 1 else ''}{digits[1:]}e{point - 1:+d}"
    return "-" + text if number < 0 else text


def epoch_nanoseconds(text):
    parts = re.fullmatch(
        r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))", text
    )
    if not parts:
        raise NotRead(f"the instant {text!r} is in no form that is read here")
    year, month, day, hour, minute, second, fraction, sign, ahead_hours, ahead_minutes = parts.groups()
    days = date(int(year), int(month), int(day)).toordinal() - date(1970, 1, 1).toordinal()
    ahead = (int(ahead_hours or 0) * 60 + int(ahead_minutes or 0)) * (-1 if sign == "-" else 1)
    seconds = days * 86400 + int(hour) * 3600 + (int(minute) - ahead) * 60 + int(second)
    return seconds * 10**9 + int((fraction or "0").ljust(9, "0"))


# ---------------------------------------------------------------------------------------------------------------------
# Thrift's compact protocol, in which footers and page headers are written


class Bytes:
    """Bytes, read from the front."""

    def __init__(self, data, at=0, end=None):
        self.data, self.at, self.end = data, at, len(data) if end is None else end

    def take(self, count):
        if not 0 <= count <= self.end - self.at:
            raise NotRead(f"{count} bytes are missing at byte {self.at}")
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self):
        return self.take(1)[0]

    def uint32(self):
        return int.from_bytes(self.take(4), "little")

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def zigzag(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def rest(self):
        return self.take(self.end - self.at)


def thrift_struct(data):
    """Values by field number."""
    fields, field = {}, 0
    while True:
        head = data.byte()
        if head == 0:
            return fields
        field = field + (head >> 4) if head >> 4 else data.zigzag()
        kind = head & 15
        # The value of a boolean field is in its type.
        fields[field] = kind == 1 if kind in (1, 2) else thrift_value(data, kind)


def thrift_value(data, kind):
    if kind in (1, 2):
        return data.byte() == 1
    if kind == 3:
        return data.byte()
    if kind in (4, 5, 6):
        return data.zigzag()
    if kind == 7:
        return data.take(8)
    if kind == 8:
        return bytes(data.take(data.varint()))
    if kind in (9, 10):
        head = data.byte()
        count = data.varint() if head >> 4 == 15 else head >> 4
        return [thrift_value(data, head & 15) for _ in range(count)]
    if kind == 12:
        return thrift_struct(data)
    raise NotRead(f"Thrift type {kind}")


# ---------------------------------------------------------------------------------------------------------------------
# Compression


def decompress(data, size, codec):
    if codec == 0 or size == 0:
        return data
    if codec == 1:
        return snappy(Bytes(data))
    if codec == 2:
        return zlib.decompress(data, wbits=47)
    names = {3: "LZO", 4: "BROTLI", 5: "LZ4", 6: "ZSTD", 7: "LZ4_RAW"}
    raise NotRead(f"its pages are compressed with {names.get(codec, codec)}; only Snappy and gzip are read here")


def snappy(data):
    """https://github.com/google/snappy/blob/main/format_description.txt"""
    size, out = data.varint(), bytearray()
    while data.at < data.end:
        tag = data.byte()
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                length = int.from_bytes(data.take(length - 59), "little")
            out += data.take(length + 1)
            continue
        if tag & 3 == 1:
            length, distance = (tag >> 2 & 7) + 4, tag >> 5 << 8 | data.byte()
        else:
            length, distance = (tag >> 2) + 1, int.from_bytes(data.take(2 if tag & 3 == 2 else 4), "little")
        if not 0 < distance <= len(out):
            raise NotRead("a damaged page")
        # What is copied may be copied again within the same copy.
        piece = bytes(out[-distance:][:length])
        out += (piece * (length // len(piece) + 1))[:length]
    if len(out) != size:
        raise NotRead("a damaged page")
    return bytes(out)


# ---------------------------------------------------------------------------------------------------------------------
# Encodings: https://parquet.apache.org/docs/file-format/data-pages/encodings/


def runs(data, width, count):
    """The hybrid of runs and bit-packed groups of eight, for levels, dictionary codes and booleans."""
    values = []
    while len(values) < count:
        head = data.varint()
        if head & 1:
            packed = Bytes(data.take(min((head >> 1) * width, data.end - data.at)))
            values += unpack(packed, width, min((head >> 1) * 8, count - len(values)))
        else:
            value = int.from_bytes(data.take((width + 7) // 8), "little")
            values += [value] * min(head >> 1, count - len(values))
    return values


def unpack(data, width, count):
    """Numbers of `width` bits each, least significant bits first."""
    values, mask = [], (1 << width) - 1
    while len(values) < count:
        # The last group may lack bytes that no value needs.
        needed = min(width, ((count - len(values)) * width + 7) // 8)
        if data.end - data.at < needed:
            raise NotRead("a damaged page")
        eight = int.from_bytes(data.take(min(width, data.end - data.at)), "little")
        values += [eight >> (i * width) & mask for i in range(8)]
    return values[:count]


def delta_binary_packed(data, bits):
    """Differences in blocks; sums wrap around."""
    per_block, miniblocks, count, value = data.varint(), data.varint(), data.varint(), data.zigzag()
    values, wrap = [value] * min(count, 1), (1 << bits) - 1
    while len(values) < count:
        least = data.zigzag()
        for width in data.take(miniblocks):
            if len(values) == count:
                break
            per_miniblock = per_block // miniblocks
            deltas = unpack(Bytes(data.take(per_miniblock * width // 8)), width, per_miniblock)
            for delta in deltas[: count - len(values)]:
                value += least + delta
                values.append(value)
    return [value & wrap for value in values]


def delta_length(data):
    lengths = delta_binary_packed(data, 32)
    return [data.take(length) for length in lengths]


def delta_strings(data):
    shared = delta_binary_packed(data, 32)
    values, value = [], b""
    for length, suffix in zip(shared, delta_length(data)):
        value = value[:length] + suffix
        values.append(value)
    return values


WIDTHS = {"INT32": 4, "INT64": 8, "INT96": 12, "FLOAT": 4, "DOUBLE": 8}


def values_of_page(data, encoding, column, count):
    """`count` values, each as PLAIN has it; a boolean is a byte."""
    kind = column.type
    width = column.length if kind == "FIXED_LEN_BYTE_ARRAY" else WIDTHS.get(kind)
    if encoding == 0 and kind == "BOOLEAN":
        return [bytes([bit]) for bit in unpack(data, 1, count)]
    if encoding == 0 and kind == "BYTE_ARRAY":
        return [with_length(data.take(data.uint32())) for _ in range(count)]
    if encoding == 0:
        return [data.take(width) for _ in range(count)]
    if encoding == 3 and kind == "BOOLEAN":
        return [bytes([bit]) for bit in runs(Bytes(data.take(data.uint32())), 1, count)]
    if encoding == 5 and kind in ("INT32", "INT64"):
        return [value.to_bytes(width, "little") for value in delta_binary_packed(data, width * 8)]
    if encoding == 6 and kind == "BYTE_ARRAY":
        return [with_length(value) for value in delta_length(data)]
    if encoding == 7 and kind == "BYTE_ARRAY":
        return [with_length(value) for value in delta_strings(data)]
    if encoding == 7 and kind == "FIXED_LEN_BYTE_ARRAY":
        return delta_strings(data)
    if encoding == 9 and width is not None:
        streams = [data.take(count) for _ in range(width)]
        return [bytes(value) for value in zip(*streams)] if width > 0 else [b""] * count
    raise NotRead(f"{kind} in encoding {encoding}, which is not read here")


def with_length(value):
    return len(value).to_bytes(4, "little") + value


# ---------------------------------------------------------------------------------------------------------------------
# Files


def read_file(path):
    """Footer entries, and columns with all their slots."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 12 or data[:4] != b"PAR1" or data[-4:] != b"PAR1":
        raise NotRead("no Parquet file with a readable footer")
    size = int.from_bytes(data[-8:-4], "little")
    footer = thrift_struct(Bytes(data, max(len(data) - 8 - size, 4), len(data) - 8))
    entries = {entry[1].decode("utf-8"): entry.get(2, b"").decode("utf-8") for entry in footer.get(5, [])}
    columns = schema_columns(footer[2])
    for group in footer[4]:
        if len(group[1]) != len(columns):
            raise NotRead("it has another number of column chunks than of columns")
        for column, chunk in zip(columns, group[1]):
            if 3 not in chunk or 8 in chunk or chunk.get(1):
                raise NotRead("a column is encrypted, or in another file")
            read_chunk(data, chunk[3], column)
    rows = sum(group[3] for group in footer[4])
    if rows != footer[3] or any(column.row_count() != rows for column in columns):
        raise NotRead("its columns have other numbers of rows than it says")
    return entries, columns, rows


def schema_columns(elements):
    """The leaves of the schema's tree, which a footer has as a list with numbers of children."""
    columns, rest = [], iter(elements[1:])

    def children(count, path, definition, repetition):
        for _ in range(count):
            element = next(rest)
            name = element[4].decode("utf-8")
            # 0 required, 1 optional, 2 repeated
            here = (path + [name], definition + (element[3] > 0), repetition + (element[3] == 2))
            if element.get(5):
                children(element[5], *here)
            elif 1 in element:
                columns.append(Column(here[0], element, here[1], here[2]))
            else:
                raise NotRead(f"{name} is a group without columns")
            if not path:
                if name in names:
                    raise NotRead(f"two columns are named {name}")
                names.add(name)

    names = set()
    children(elements[0].get(5, 0), [], 0, 0)
    return columns


def read_chunk(data, chunk, column):
    """Adds the slots of one row group to a column."""
    start, dictionary_start = chunk[9], chunk.get(11) or 0
    pages = Bytes(data, dictionary_start if 0 < dictionary_start < start else start)
    dictionary, slots = [], 0
    while slots < chunk[5]:
        header = thrift_struct(pages)
        body = Bytes(pages.take(header[3]))
        if header[1] == 2:
            content = Bytes(decompress(body.rest(), header[2], chunk[4]))
            dictionary = values_of_page(content, 0, column, header[7][1])
        elif header[1] == 0:
            count, encoding = header[5][1], header[5][2]
            content = Bytes(decompress(body.rest(), header[2], chunk[4]))
            repetition = prefixed_levels(content, column.max_repetition, count, header[5][4])
            definition = prefixed_levels(content, column.max_definition, count, header[5][3])
            add_page(column, repetition, definition, content, encoding, dictionary)
            slots += count
        elif header[1] == 3:
            about = header[8]
            count, encoding = about[1], about[4]
            repetition = levels(Bytes(body.take(about[6])), column.max_repetition, count)
            definition = levels(Bytes(body.take(about[5])), column.max_definition, count)
            codec = chunk[4] if about.get(7, True) else 0
            content = Bytes(decompress(body.rest(), header[2] - about[5] - about[6], codec))
            add_page(column, repetition, definition, content, encoding, dictionary)
            slots += count


def levels(data, most, count):
    return bytes(runs(data, most.bit_length(), count)) if most > 0 else bytes(count)


def prefixed_levels(data, most, count, encoding):
    if most == 0:
        return bytes(count)
    if encoding != 3:
        raise NotRead(f"levels in encoding {encoding}, which is not read here")
    return levels(Bytes(data.take(data.uint32())), most, count)


def add_page(column, repetition, definition, data, encoding, dictionary):
    column.repetition += repetition
    column.definition += definition
    count = definition.count(column.max_definition)
    if count == 0:
        return
    if encoding in (2, 8):
        width = data.byte()
        codes = runs(data, width, count) if width > 0 else [0] * count
        column.values += [dictionary[code] for code in codes]
    else:
        values = values_of_page(data, encoding, column, count)
        if len(values) != count:
            raise NotRead(f"a page has {len(values)} of {count} values")
        column.values += values


# ---------------------------------------------------------------------------------------------------------------------


def lines_of(path):
    """What is printed of a file, and whether it is what a compacted file says of its parts."""
    entries, columns, rows = read_file(path)
    if "bronzestore.parts" not in entries:
        yield f"{digest_of_rows(columns, declared_in_footer(entries), 0, rows)}  {path}", True
        return
    compacted = parse_json(entries["bronzestore.parts"])
    if compacted["version"] != 2:
        raise NotRead(f"its parts are of version {compacted['version']:.0f}, which does not name their content")
    parts = [{**compacted.get("all", {}), **part} for part in compacted["parts"]]
    if sum(part["rows"] for part in parts) != rows:
        raise NotRead("its parts have other numbers of rows than it has")
    start = 0
    for part in parts:
        end = start + int(part["rows"])
        declared = {name: part[name] for name in ("snapshot_ts", "snapshot_ingested_ts", "covers")}
        digest = digest_of_rows(columns, declared, start, end)
        yield f"{digest}  {path}  {part['path']}", digest == part["content"]
        start = end


def main(paths):
    if not paths:
        sys.exit("Usage: python3 content_digest.py FILE...")
    code = 0
    for path in paths:
        try:
            for line, is_as_named in lines_of(path):
                print(line)
                if not is_as_named:
                    print(f"{path}: its footer names other content for the part above", file=sys.stderr)
                    code = max(code, 1)
        except (NotRead, OSError, ValueError, LookupError, zlib.error) as error:
            print(f"{path}: {error or type(error).__name__}", file=sys.stderr)
            code = 2
    return code


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
