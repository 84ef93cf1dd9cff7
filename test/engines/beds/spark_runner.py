"""A driver of Spark: statements in, rows out. Arguments: the master's address, JSON of its settings."""

import json
import os
import sys
import time

from json_lines import cell_of, serve
from pyspark.sql import SparkSession
from pyspark.sql.types import BooleanType

builder = SparkSession.builder.master(sys.argv[1]).appName("engine tests")
for key, value in json.loads(sys.argv[2]).items():
    builder = builder.config(key, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")


def holds(folder):
    """A function that is true of every row, and that waits, on the worker that `folder/hold` names, for the end of its process."""

    def held(_):
        try:
            with open(os.path.join(folder, "hold"), encoding="utf8") as file:
                worker = file.read()
        except FileNotFoundError:
            return True
        if worker and os.getcwd().startswith(worker + os.sep):
            open(os.path.join(folder, "held"), "w", encoding="utf8").close()
            # The daemon that made this process ends with its executor.
            parent = os.getppid()
            while os.getppid() == parent:
                time.sleep(0.02)
            os._exit(1)
        return True

    return held


def executors():
    """Of each executor there was: its id, whether it is alive, how many tasks it completed, where its worker answers."""
    listed = spark.sparkContext._jsc.sc().statusStore().executorList(False)
    found = []
    for i in range(listed.size()):
        one = listed.apply(i)
        if one.id() == "driver":
            continue
        logs = one.executorLogs().get("stdout")
        found.append(
            {
                "id": one.id(),
                "isActive": one.isActive(),
                "tasks": one.completedTasks(),
                "log": logs.get() if logs.isDefined() else "",
            }
        )
    return found


def ask(request):
    do = request["do"]
    if do == "version":
        return {"version": spark.version}
    if do == "executors":
        return {"executors": executors()}
    if do == "hold":
        spark.udf.register("held", holds(request["folder"]), BooleanType())
        return {}
    frame = spark.sql(request["sql"])
    if do == "run":
        frame.collect()
        return {}
    rows = [[cell_of(cell) for cell in row] for row in frame.collect()]
    types = [field.dataType.simpleString() for field in frame.schema.fields]
    return {"columns": frame.columns, "types": types, "rows": rows}


serve(ask)
