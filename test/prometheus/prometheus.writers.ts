import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toPrometheus } from "bronzestore";
import { expect, it } from "vitest";
import { installedPython } from "../foreign-writers/make-files.js";
import { surveyed } from "./surveyed.js";
import { readTextFormat } from "./text-format.js";

const READ = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.read()))
assert all(family.type == "gauge" and family.documentation for family in families)
print(json.dumps([{"name": s.name, "labels": s.labels, "value": s.value} for f in families for s in f.samples]))
`;

it("the reader of Prometheus's own client reads the same samples", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bronzestore-prometheus-"));
  try {
    const survey = await surveyed();
    const named = { ...survey.freshness.datasets[0]!, dataset: 'a "quoted\\name",\nof two lines' };
    const freshness = { ...survey.freshness, datasets: [...survey.freshness.datasets, named] };
    const text = toPrometheus({ ...survey, freshness });
    const python = installedPython(join(folder, "python"), ["prometheus_client"]);
    const { stdout, stderr } = spawnSync(python, ["-c", READ], { input: text, encoding: "utf8" });
    expect(stderr).toBe("");
    const read = JSON.parse(stdout);
    expect(read.length).toBeGreaterThan(40);
    expect(read).toEqual(readTextFormat(text));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
