import { memoryStorage, reportRun } from "bronzestore";
import { describe, expect, it } from "vitest";
import { runAt } from "./live.js";

async function told(isTTY: boolean): Promise<string> {
  const storage = memoryStorage();
  let text = "";
  const onEvent = reportRun({ isTTY, write: (part) => (text += part) });
  await runAt(
    storage,
    async (run) => {
      await run.stage("scrape", {}, (_inputs, stage) => stage.wrote({ rows: 3, bytes: 90 }));
      await run
        .stage("minutes", {}, () => {
          throw new RangeError("no minutes");
        })
        .catch(() => {});
      await runAt(storage, () => {}, { onHeld: "skip", onEvent });
    },
    { onEvent },
  );
  return text;
}

describe("reportRun", () => {
  it("writes one line of JSON per stage where the stream is not a terminal", async () => {
    const lines = (await told(false))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event, stage, status }) => [event, stage, status])).toEqual([
      ["stage-ended", "scrape", "completed"],
      ["stage-ended", "minutes", "failed"],
      ["run-skipped", undefined, undefined],
      ["run-ended", undefined, "completed"],
    ]);
    expect(lines[0]).toMatchObject({ rows: 3, bytes: 90, name: "live-score" });
    expect(lines[1].error).toEqual({ code: null, message: "no minutes" });
  });

  it("shows a progress line on a terminal, which the end of the stage replaces", async () => {
    const text = await told(true);
    expect(text).toContain("\r\u001b[K  … scrape\r\u001b[K  ✓ scrape (");
    expect(text).toContain("3 rows, 90 bytes");
    expect(text).toContain("✗ minutes");
    expect(text).toContain("error: no minutes");
  });
});
