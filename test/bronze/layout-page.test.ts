import { readFileSync } from "node:fs";
import {
  type AnyDataset,
  BronzeStore,
  type DaySpan,
  defineDataset,
  domainDate,
  instant,
  memoryStorage,
  nbaSeason,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { formatPath, matchPath, parseTemplate } from "../../src/dataset/path-template.js";

const page = readFileSync(new URL("../../docs/layout.md", import.meta.url), "utf8");

/** The rows of the page's table of shapes. */
const shapes = tableUnder("### Well-known shapes").map(([file, layout, besides, days]) => ({
  file: quoted(file!)[0]!,
  layout: quoted(layout!)[0]!,
  besides: quoted(besides!),
  days: days!.split(" to "),
}));

const schema = z.object({
  site: z.string(),
  draft_group_id: z.int(),
  game_date: domainDate(),
  player_id: z.string(),
  as_of_ts: instant(),
  ingested_ts: instant(),
});

/** What the page's last column but one can name. */
const OPTIONS: Readonly<Record<string, unknown>> = {
  season: nbaSeason,
  hour: { from: "as_of_ts" },
  files: "append",
};

describe("the well-known shapes of docs/layout.md", () => {
  it("are there", () => {
    expect(shapes.length).toBeGreaterThan(10);
  });

  for (const { file, layout, besides, days } of shapes) {
    const isDated = days[0] !== "all days";
    const options = {
      ...Object.fromEntries(besides.map((name) => [name, OPTIONS[name]])),
      ...(isDated && { date: { from: "game_date" } }),
    };

    it(`${layout} reads ${file}, of the days it says`, async () => {
      const storage = memoryStorage();
      await storage.publish(
        `bronze/players/${file}`,
        await bytesOfOneRow(isDated ? days.at(-1)! : "2026-01-15"),
      );
      const players = define(layout, options);
      const bronze = new BronzeStore({ storage, datasets: [players] });
      // Where a layout is only known at run time, so is whether a question needs days.
      const span = (isDated ? { from: days[0]!, to: days.at(-1)! } : {}) as DaySpan;
      const at = bronze.asOf("2026-01-16T00:00:00Z");
      const answer = await at.read("players", span);
      expect(answer.column("player_id")).toEqual(["ada"]);
      expect(answer.provenance.files.map(({ path }) => path)).toEqual([`bronze/players/${file}`]);
      if (!isDated) return;
      expect(await bronze.dates("players")).toEqual([days.at(-1)]);
      for (const date of [dayBeside(days[0]!, -1), dayBeside(days.at(-1)!, 1)]) {
        const beside = await at.read("players", { date });
        expect([date, beside.provenance.files]).toEqual([date, []]);
      }
    });

    it(`${layout} needs all that is said besides, and nothing more`, () => {
      const refused = expect.objectContaining({ code: "INVALID_DATASET" });
      for (const name of Object.keys(options)) {
        const { [name]: _, ...fewer } = options as Record<string, unknown>;
        expect(() => define(layout, fewer)).toThrow(refused);
      }
      for (const name of ["season", "hour"]) {
        if (besides.includes(name)) continue;
        expect(() => define(layout, { ...options, [name]: OPTIONS[name] })).toThrow(refused);
      }
    });
  }
});

describe("the tokens of docs/layout.md", () => {
  const tokens = tableUnder("## Path templates").map((cells) => cells.map(quoted));
  const forms = tokens.filter(([, read]) => read!.length > 0);

  it("are all tokens of time that have forms", () => {
    expect(forms.flatMap(([names]) => names).sort()).toEqual(
      ["{date}", "{year}", "{month}", "{day}", "{hour}", "{season}"].sort(),
    );
  });

  it("are read in every form that the table says, as one value, and written in the one it says", () => {
    for (const [names, read, [written], others] of forms as [string[], string[], [string], string[]][]) {
      for (const [i, name] of names.entries()) {
        const key = name.slice(1, -1);
        const template = parseTemplate(`x=${name}.parquet`, "a test");
        const values = read.map((text) => matchPath(template, `x=${text}.parquet`)?.values.get(key));
        expect([name, new Set(values).size, typeof values[0]]).toEqual([name, 1, "string"]);
        const value = new Map([[key, values[0]!]]);
        expect(formatPath(template, value)).toBe(`x=${written}.parquet`);
        if (others[i] === undefined) continue;
        expect(formatPath(parseTemplate(`x=${others[i]}.parquet`, "a test"), value)).toBe(
          `x=${read.at(-1)}.parquet`,
        );
      }
    }
  });
});

type Definition = Parameters<typeof defineDataset>[0];

function define(layout: string, options: object): AnyDataset {
  return defineDataset({
    name: "players",
    layout,
    timeZone: "America/New_York",
    schema,
    key: ["site", "draft_group_id", "player_id"],
    ...options,
  } as Definition as never) as AnyDataset;
}

/** A row that lies in all of the shapes: its own columns are what the paths say. */
async function bytesOfOneRow(date: string): Promise<Uint8Array> {
  const storage = memoryStorage();
  const players = define("run={run}/players.parquet", {});
  const bronze = new BronzeStore({ storage, datasets: [players] });
  const time = "2026-01-15T22:00:00Z";
  const row = {
    site: "dk",
    draft_group_id: 98765,
    game_date: date,
    player_id: "ada",
    as_of_ts: time,
    ingested_ts: time,
  };
  const { partitions } = await bronze.write("players", [row] as never, {
    run: { id: "r1", startedAt: time },
  });
  return storage.read(partitions[0]!.path);
}

function dayBeside(date: string, days: number): string {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The cells of the first table below a heading, without its head. */
function tableUnder(heading: string): string[][] {
  const below = page.slice(page.indexOf(`${heading}\n`));
  const [table] = /(?:^\|.*\n)+/m.exec(below)!;
  const [, , ...rows] = table.trim().split("\n");
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands in a cell between backticks. */
function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]*)`/g)].map((match) => match[1]!);
}
