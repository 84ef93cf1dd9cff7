"""Cells of Arrow arrays, by pyarrow's own numbers."""

import pyarrow as pa
import pyarrow.types as is_a

from expected import date, floating, instant, integer, key_text, octets, time_of_day, wall

PER_TICK = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1000, "ns": 1}


def cell(scalar):
    kind = scalar.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return None if not scalar.is_valid else str(scalar.as_py())
        return cell(scalar.value) if scalar.is_valid else None
    if not scalar.is_valid or is_a.is_null(kind):
        return None
    if is_a.is_boolean(kind):
        return scalar.as_py()
    if is_a.is_integer(kind):
        return integer(scalar.as_py())
    if is_a.is_floating(kind):
        return floating(scalar.as_py())
    if is_a.is_string(kind) or is_a.is_large_string(kind) or is_a.is_string_view(kind):
        return scalar.as_py()
    if is_a.is_binary(kind) or is_a.is_large_binary(kind) or is_a.is_fixed_size_binary(kind) or is_a.is_binary_view(kind):
        return octets(scalar.as_py())
    if is_a.is_date32(kind):
        return date(scalar.value)
    if is_a.is_date64(kind):
        return date(scalar.value // 86_400_000)
    if is_a.is_time(kind):
        return time_of_day(scalar.value * PER_TICK[kind.unit])
    if is_a.is_duration(kind):
        return integer(scalar.value)
    if is_a.is_timestamp(kind):
        ns = scalar.value * PER_TICK[kind.unit]
        return instant(ns) if kind.tz is not None else wall(ns)
    if is_a.is_decimal(kind):
        return f"{scalar.as_py():f}"
    if is_a.is_dictionary(kind):
        return cell(scalar.value)
    if is_a.is_map(kind):
        entries = scalar.values
        keys, items = entries.field(0), entries.field(1)
        return ["o", [[key_text(cell(keys[i])), cell(items[i])] for i in range(len(entries))]]
    if is_a.is_struct(kind):
        return ["o", [[kind.field(i).name, cell(scalar[i])] for i in range(kind.num_fields)]]
    if is_a.is_list(kind) or is_a.is_large_list(kind) or is_a.is_fixed_size_list(kind) or is_a.is_list_view(kind):
        return ["l", [cell(item) for item in scalar.values]]
    raise TypeError(f"{kind} has no expected form")


def rows(table):
    """The rows of a table, as lists of cells."""
    columns = [[cell(scalar) for scalar in column] for column in table.columns]
    return [[column[i] for column in columns] for i in range(table.num_rows)]
