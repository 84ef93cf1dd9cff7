import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BronzeStore } from "bronzestore";
import { describe, expect, it } from "vitest";
import { injuries } from "../../examples/feeds/injuries.js";
import { tempFolders } from "../storage/temp-folder.js";
import { fixture, runScript } from "./run-script.js";

const tempFolder = tempFolders();

describe("ingest", () => {
  it("writes CSV by report hour in New York, with quotes, commas, line breaks and nulls intact", async () => {
    const root = join(tempFolder(), "tree");
    const { code, out, err } = runScript("ingest", [fixture("sample-injuries.csv"), root], tempFolder());
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/written +7 +bronze\/injuries_raw\/season=2025\/date=2026-01-16\/hour=00\//);
    expect(out).toContain("24 rows of ");

    const rows = (
      await new BronzeStore({ root, datasets: [injuries] }).readBronzeDay("injuries_raw", "2026-01-15")
    ).rows();
    const reasons = new Set(rows.map(({ reason }) => reason));
    expect(reasons).toContain("Right knee, soreness");
    expect(reasons).toContain("Illness\n(added after shootaround)");
    expect(rows.map(({ player_name }) => player_name)).toContain('Soren "Ace" Eastlake');
  });

  it("finds the same rows in the JSON lines, so that writing them changes nothing", () => {
    const root = join(tempFolder(), "tree");
    runScript("ingest", [fixture("sample-injuries.csv"), root], tempFolder());
    const { code, out } = runScript("ingest", [fixture("sample-injuries.jsonl"), root], tempFolder());
    expect(code).toBe(0);
    expect(out.match(/^ {2}unchanged/gm)).toHaveLength(4);
    expect(out).not.toContain("written");
  });

  it("keeps an empty field as null", async () => {
    const { code, root } = ingest(`${HEADER}\n1,BOS,7,Bo,OUT,,2026-01-15T20:20:00Z,\n`);
    expect(code).toBe(0);
    const day = await new BronzeStore({ root, datasets: [injuries] }).readBronzeDay(
      "injuries_raw",
      "2026-01-15",
    );
    expect(day.rows()).toMatchObject([{ player_id: "7", reason: null, as_of_ts: null }]);
  });

  it("refuses rows that do not fit, field by field, and writes nothing", () => {
    const row = "1,BOS,,Bo,OUT,Rest,2026-01-15 20:20,2026-01-15T20:20:00Z";
    const { code, err, root } = ingest(`${HEADER}\n${row}\n`);
    expect(code).toBe(1);
    expect(err).toContain('Rows for "injuries_raw" do not fit its schema; nothing was written');
    expect(err).toContain("row 0, player_id: ");
    expect(err).toMatch(/row 0, report_ts: .* has no time zone/);
    expect(existsSync(root)).toBe(false);
  });

  it("names the line of a record that is not CSV, and the way to be called", () => {
    expect(ingest(`${HEADER}\n1,BOS\n`).err).toBe("CSV line 2 has 2 fields; the header has 8.\n");
    expect(runScript("ingest", [], tempFolder())).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^Usage: /),
    });
  });
});

const HEADER = "game_id,team,player_id,player_name,status,reason,report_ts,as_of_ts";

function ingest(csv: string) {
  const folder = tempFolder();
  const root = join(folder, "tree");
  writeFileSync(join(folder, "reports.csv"), csv);
  return { ...runScript("ingest", ["reports.csv", root], folder), root };
}
