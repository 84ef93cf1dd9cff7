"""Asks a view of an engine: statements in, the rows of each out, as text. Arguments: engine, JSON in, JSON out."""

import json
import sys


def of_spark(setup):
    from writers.spark_session import spark_session

    spark = spark_session("versions-table")
    print("Spark", spark.version)
    for sql in setup:
        spark.sql(sql)

    def ask(sql):
        frame = spark.sql(sql)
        return frame.columns, [list(row) for row in frame.collect()]

    return ask


def of_clickhouse(setup):
    from chdb import session

    own = session.Session()
    own.query("CREATE DATABASE IF NOT EXISTS v ENGINE = Atomic")
    own.query("USE v")
    print("ClickHouse", own.query("SELECT version()", "TSV").data().strip())
    for sql in setup:
        own.query(sql)

    def ask(sql):
        said = json.loads(own.query(sql, "JSONCompact").data())
        return [column["name"] for column in said["meta"]], said["data"]

    return ask


def text(cell):
    return None if cell is None else str(cell)


def main(engine, given, out):
    with open(given, encoding="utf8") as file:
        asked = json.load(file)
    answers = []
    ask = {"spark": of_spark, "clickhouse": of_clickhouse}[engine](asked["setup"])
    for sql in asked["statements"]:
        names, rows = ask(sql)
        answers.append({"columns": list(names), "rows": [[text(cell) for cell in row] for row in rows]})
    with open(out, "w", encoding="utf8") as file:
        json.dump(answers, file)


main(*sys.argv[1:])
