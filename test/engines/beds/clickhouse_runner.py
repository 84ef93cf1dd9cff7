"""ClickHouse in this process (chdb): statements in, rows out. Arguments: a folder for its tables, the file of its configuration."""

import json
import sys

from chdb import session
from json_lines import serve

own = session.Session(f"file:{sys.argv[1]}/store?config-file={sys.argv[2]}")
own.query("CREATE DATABASE IF NOT EXISTS tests ENGINE = Atomic")
own.query("USE tests")

EXACT = {
    "output_format_json_quote_64bit_integers": 1,
    "output_format_json_quote_denormals": 1,
    "output_format_json_quote_decimals": 1,
}
for name, value in EXACT.items():
    own.query(f"SET {name} = {value}")


def denormal(value, kind):
    """As JSON lines say what JSON has no number for."""
    if isinstance(value, list):
        return [denormal(item, kind) for item in value]
    if "Float" in kind and isinstance(value, str):
        return {"nan": "NaN", "-nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[value]
    return value


def ask(request):
    if request["do"] == "version":
        return {"version": own.query("SELECT version()", "TSV").data().strip()}
    if request["do"] == "run":
        own.query(request["sql"])
        return {}
    if request["do"] == "text":
        return {"text": own.query(request["sql"], "JSONCompactEachRow").data()}
    said = json.loads(own.query(request["sql"], "JSONCompact").data())
    types = [column["type"] for column in said["meta"]]
    rows = [[denormal(cell, kind) for cell, kind in zip(row, types)] for row in said["data"]]
    return {"columns": [column["name"] for column in said["meta"]], "types": types, "rows": rows}


serve(ask)
