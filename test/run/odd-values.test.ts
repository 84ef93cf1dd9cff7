import {
  isBronzeError,
  memoryStorage,
  readPointer,
  readRun,
  type Storage,
  stageOutput,
  writePointer,
} from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { filesIn } from "../bronze/feeds.js";
import { campaign } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { anything, isWhatWasMeant, plainJson, REFUSED } from "../json/odd-values.js";
import { finished, NOW, runAt } from "./live.js";

const PATH = "projections/latest_run.json";

async function refusalOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return error.code;
  }
}

/** A stage that keeps an output, and the next run, which reads it. */
async function keptAndRead(storage: Storage, value: unknown): Promise<unknown> {
  const schema = z.unknown();
  const { runId } = await finished(
    runAt(storage, (run) => run.stage("minutes", { output: schema }, () => value as never)),
  );
  const { value: read } = await finished(
    runAt(storage, (run) =>
      run.stage(
        "rates",
        { needs: { minutes: stageOutput("minutes", schema, { run: runId }) } },
        ({ minutes }) => minutes,
      ),
    ),
  );
  return read.value;
}

describe("whatever is handed to a run", () => {
  const { count, seed } = campaign({ small: 200, large: 2_000, seed: 9 });

  it("as a stage's output is read by the next run as it was meant, or refused before it is on disk", async () => {
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, plainJson), async (value) => {
        const storage = memoryStorage();
        let read: unknown;
        const refused = await refusalOf(keptAndRead(storage, value).then((own) => (read = own)));
        const files = await filesIn(storage, "runs");
        if (refused !== undefined) {
          // The run file alone, which says why.
          expect(files).toHaveLength(1);
          const id = files[0]!.split("/").at(-1)!.replace(".json", "");
          expect(
            (await readRun({ storage }, id, { timeZone: "America/New_York" })).stages[0]!.error,
          ).toMatchObject({ code: refused });
          return;
        }
        kept++;
        expect(isWhatWasMeant(value, read)).toBe(true);
      }),
      { numRuns: count, seed },
    );
    expect(kept).toBeGreaterThan(count / 5);
  });

  it("as a pointer's fields is read back as it was meant, or refused before it is on disk", async () => {
    let written = 0;
    const inside = fc.tuple(fc.oneof(anything, plainJson), fc.boolean());
    await fc.assert(
      fc.asyncProperty(inside, async ([value, isMember]) => {
        const storage = memoryStorage();
        const fields = (isMember ? { own: value } : value) as never;
        const target = { run_id: "r1", run_as_of_ts: NOW, fields };
        const refused = await refusalOf(writePointer({ storage }, PATH, target));
        if (refused !== undefined) {
          expect(await filesIn(storage, "projections")).toEqual([]);
          return;
        }
        written++;
        const pointer = await readPointer({ storage }, PATH, {
          fields: z.object({ own: z.unknown().optional() }),
        });
        expect(pointer?.run_id).toBe("r1");
        if (isMember) expect(isWhatWasMeant(value, pointer?.own)).toBe(true);
        await writePointer({ storage }, PATH, target, { expected: "r1" });
      }),
      { numRuns: count, seed },
    );
    expect(written).toBeGreaterThan(count / 5);
  });

  it.each(REFUSED)("is refused where it is %s", async (_what, value, said) => {
    const storage = memoryStorage();
    const kept = await errorOf(keptAndRead(storage, value));
    expect(kept.message).toContain(said.replace("parameters", "the output"));
    const pointer = writePointer({ storage }, PATH, {
      run_id: "r1",
      run_as_of_ts: NOW,
      fields: value as never,
    });
    expect((await errorOf(pointer)).message).toContain(said.replace("parameters", "fields"));
    expect(await filesIn(storage, "projections")).toEqual([]);
  });
});
