import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Coverage, type Freshness, isBronzeError, toPrometheus, writePrometheus } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tries } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { pageText } from "../run-page.js";
import { tempFolders } from "../storage/temp-folder.js";
import { surveyed } from "./surveyed.js";
import { readTextFormat } from "./text-format.js";

const tempFolder = tempFolders();

const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (isBronzeError(error)) return error.code;
    throw error;
  }
  return undefined;
};

describe("surveys for Prometheus", () => {
  it("have each number of freshness and coverage, by dataset", async () => {
    const { freshness, coverage } = await surveyed();
    const samples = readTextFormat(toPrometheus({ freshness, coverage }));
    const value = (name: string, labels: object) =>
      samples.find((one) => one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels))
        ?.value;
    const fresh = (name: string, labels: object) => value(`bronzestore_freshness_${name}`, labels);
    const covered = (name: string, labels: object) => value(`bronzestore_coverage_${name}`, labels);

    expect(fresh("asked_timestamp_seconds", {})).toBe(Date.parse("2026-01-16T02:00:00Z") / 1000);
    expect(fresh("newest_timestamp_seconds", { dataset: "odds" })).toBe(
      Date.parse("2026-01-16T01:00:00.250Z") / 1000,
    );
    expect(fresh("age_seconds", { dataset: "odds" })).toBe(3599.75);
    const statuses = (dataset: string) =>
      ["pass", "warn", "error"].map((status) => fresh("status", { dataset, status }));
    expect(statuses("odds")).toEqual([0, 1, 0]);
    expect(statuses("plain")).toEqual([undefined, undefined, undefined]);
    // Without any row it is as bad as its limits allow, and has no age.
    expect(statuses("never")).toEqual([0, 0, 1]);
    expect(fresh("age_seconds", { dataset: "never" })).toBeUndefined();
    expect(fresh("proven", { dataset: "odds" })).toBe(1);

    const odds = { dataset: "odds" };
    const counts = {
      days: 2,
      days_without_files: 1,
      files: 3,
      rows: 3,
      rows_by_fallback: 1,
      unreadable_files: 0,
    };
    for (const [name, count] of Object.entries(counts)) expect(covered(name, odds), name).toBe(count);
    expect(covered("bytes", odds)).toBe(coverage[0]!.days.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(covered("slots_expected", odds)).toBe(8);
    const slots = ["met", "missing", "thin", "late", "pending"].map((state) =>
      covered("slots", { ...odds, state }),
    );
    const [first, second] = coverage[0]!.days.map((day) => day.slots!);
    expect(slots).toEqual([
      first!.met + second!.met,
      first!.missing.length + second!.missing.length,
      0,
      1,
      0,
    ]);
    expect(slots[1]).toBe(5);
    expect(covered("slots_expected", { dataset: "plain" })).toBeUndefined();
  });

  it("have the metrics of the page, and no others", async () => {
    const names = new Set(readTextFormat(toPrometheus(await surveyed())).map(({ name }) => name));
    const page = pageText("docs/survey.md");
    const listed = [...page.matchAll(/^\| `(bronzestore_\w+)` \|/gm)].map((match) => match[1]!);
    expect([...names]).toEqual(listed);
    expect(listed.length).toBe(18);
  });

  it("keep a name whole, whatever is in it", async () => {
    const { freshness } = await surveyed();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (dataset) => {
        const one: Freshness = { ...freshness, datasets: [{ ...freshness.datasets[0]!, dataset }] };
        const named = readTextFormat(toPrometheus({ freshness: one })).filter(({ name }) =>
          name.endsWith("age_seconds"),
        );
        expect(named.map(({ labels }) => labels)).toEqual([{ dataset }]);
      }),
      tries({ small: 500, large: 20_000, seed: 16 }),
    );
  });

  it("refuse nothing at all, a dataset twice, and what is no survey", async () => {
    const { freshness, coverage } = await surveyed();
    const wrong: unknown[] = [
      {},
      { coverage: [] },
      { freshness: { ...freshness, datasets: [] } },
      { coverage: [coverage[0], coverage[0]] },
      { freshness: { ...freshness, datasets: [freshness.datasets[0], freshness.datasets[0]] } },
      { coverage: [{ ...coverage[0], days: [{ rows: 1 }] }] },
      { coverage: [{ ...coverage[0], days: [null] }] },
      { coverage: [{ ...coverage[0], days: [{ ...coverage[0]!.days[0], rows: "3" }] }] satisfies unknown[] },
      { coverage: coverage[0] satisfies Coverage | undefined },
      { coverge: coverage },
    ];
    expect(wrong.map((survey) => codeOf(() => toPrometheus(survey as never)))).toEqual(
      wrong.map(() => "INVALID_ARGUMENT"),
    );
  });

  it("refuse an instant that is none", async () => {
    const { freshness } = await surveyed();
    expect(codeOf(() => toPrometheus({ freshness: { ...freshness, at: "yesterday" } }))).toBe(
      "INVALID_INSTANT",
    );
  });

  it("go through JSON", async () => {
    const survey = await surveyed();
    expect(toPrometheus(JSON.parse(JSON.stringify(survey)))).toBe(toPrometheus(survey));
  });

  it("are written whole, over what was there, and into a folder that is there", async () => {
    const folder = tempFolder();
    const file = join(folder, "odds.prom");
    const survey = await surveyed();
    writeFileSync(file, "old");
    await writePrometheus(file, survey);
    expect(readFileSync(file, "utf8")).toBe(toPrometheus(survey));
    expect(readdirSync(folder)).toEqual(["odds.prom"]);
    const lost = await errorOf(writePrometheus(join(folder, "gone", "odds.prom"), survey));
    expect(lost.code).toBe("NOT_FOUND");
    expect(lost.message).toContain(join(folder, "gone"));
    // What cannot be told leaves the last file as it was.
    expect((await errorOf(writePrometheus(file, {}))).code).toBe("INVALID_ARGUMENT");
    expect(readFileSync(file, "utf8")).toBe(toPrometheus(survey));
  });
});
