"""A server of ClickHouse as this process: chdb's library has all of one. Arguments: the library, then those of `clickhouse local`."""

import ctypes
import sys

library, *arguments = [argument.encode() for argument in sys.argv[1:]]
given = [b"clickhouse", *arguments]
main = ctypes.CDLL(library.decode()).query_stable_v2
main.restype = ctypes.c_void_p
main(len(given), (ctypes.c_char_p * len(given))(*given))
sys.exit("The server ended. What it says is above.")
