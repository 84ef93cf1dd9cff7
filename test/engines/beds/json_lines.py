"""Requests as lines of JSON on standard input, answers as lines of JSON on the standard output that the caller reads."""

import json
import math
import os
import sys
import traceback


def cell_of(value):
    """Numbers beyond a double's as text, so that JSON keeps them; bytes as hex."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, (list, tuple)):
        return [cell_of(item) for item in value]
    return str(value)


def serve(ask):
    """Answers until the input ends. What libraries print goes to the standard error output."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf8")
    os.dup2(2, 1)

    def say(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    say({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            say(ask(request))
        except Exception as error:
            traceback.print_exc()
            say({"error": f"{type(error).__name__}: {error}"[:4000]})
