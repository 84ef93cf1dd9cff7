"""Makes the files of all writers below a folder: `make.py <folder>`. A writer that fails fails the whole."""

import importlib
import subprocess
import sys

WRITERS = ("pyarrow", "pandas", "fastparquet", "polars", "spark", "duckdb", "clickhouse")


def main(root, writer=None):
    if writer is None:
        # A process each: they bring engines of their own, which do not all get along in one.
        for each in WRITERS:
            subprocess.run([sys.executable, __file__, root, each], check=True)
        return
    importlib.import_module(f"{writer}_files").main(root)


if __name__ == "__main__":
    main(*sys.argv[1:])
