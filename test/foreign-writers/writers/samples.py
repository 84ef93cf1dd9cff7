"""Values that files are made of: the ends of each type, null, and what is easily mistaken."""

import datetime
import decimal
import uuid

INF = float("inf")
NAN = float("nan")


def of_bits(bits, signed):
    low = -(1 << (bits - 1)) if signed else 0
    high = (1 << (bits - 1 if signed else bits)) - 1
    return [low, high, 0, 1, None, high - 1, low + 1, 5, 5, 5, high // 3]


FLOATS = [0.0, -0.0, 1.5, -1.5, NAN, INF, -INF, None, 2.0, 0.5, 65504.0]
DOUBLES = [0.0, -0.0, 0.1, NAN, INF, -INF, None, 5e-324, 1.7976931348623157e308, 9007199254740993.0, -2.5]
BOOLS = [True, False, None, True, True, False, False, False, None, None, True]
TEXTS = ["", "a", None, "é", "日本語", "😀👩‍👩‍👧", "line\nbreak", '"quoted"', "\ufffd", "\ufeffmark", "a\u0000b", "x" * 300]
BINARIES = [b"", b"\x00", None, b"\xff\xfe", b"plain", bytes(range(256)), b"\x80", b"a", b"a", b"a", b"PAR1"]
FIXED = [b"\x00" * 7, b"\xff" * 7, None, b"abcdefg", b"abcdefg", b"\x80\x00\x00\x00\x00\x00\x01"]
UUIDS = [uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1), None, uuid.UUID("123e4567-e89b-12d3-a456-426614174000")]
DATES = [datetime.date(1970, 1, 1), datetime.date(1969, 12, 31), None, datetime.date(1, 1, 1), datetime.date(9999, 12, 31), datetime.date(2024, 2, 29), datetime.date(2026, 1, 15)]
DAY_SECONDS = 86_400
TIMES = [0, 1, None, DAY_SECONDS * 1_000_000_000 - 1, 43_200_000_000_000, 3_723_004_005_006]
# Nanoseconds from 1970: both ends of 64 bits, just before and after 1970, each precision.
INSTANTS = [0, 1, -1, None, 1_768_521_600_123_456_789, -(1 << 63) + 1_000_000, (1 << 63) - 1, 999_999_999, 1_768_521_600_000_000_000, -62_135_596_800]


def decimals(precision, scale):
    exact = decimal.Context(prec=100)

    def of(unscaled):
        return decimal.Decimal(unscaled).scaleb(-scale, exact)

    most = 10**precision - 1
    return [of(most), of(-most), of(1), of(-1), None, of(0), of(most // 3)]


def cycled(values, count):
    """`count` of them, over and over, in an order that does not repeat with pages."""
    return [values[(i * 7 + i // 13) % len(values)] for i in range(count)]
