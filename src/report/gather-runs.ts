import { isBronzeError, listRuns } from "../index.js";
import type { Asked } from "./asked.js";
import type { RunData, RunsData } from "./page/data.js";

/** More are not looked at on a page: `bronzestore runs` lists all of them. */
const NEWEST = 50;

/** What the newest runs of the days that are asked for did, newest first. */
export async function gatherRuns({ bronze, from, to }: Asked): Promise<RunsData> {
  try {
    const runs = await listRuns({ storage: bronze.storage }, { from, to, newest: NEWEST });
    return { runs: runs.reverse().map(runData), refused: null };
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return { runs: [], refused: error.message };
  }
}

function runData({ runId, record, error }: Awaited<ReturnType<typeof listRuns>>[number]): RunData {
  if (record === null) {
    const unknown = { name: null, status: null, startedAt: null, endedAt: null, cutoff: null };
    return { id: runId, ...unknown, stages: [], message: error!.message };
  }
  const { name, status, started_at, ended_at, cutoff, stages } = record;
  return {
    ...{ id: runId, name, status, cutoff, startedAt: started_at, endedAt: ended_at },
    stages: stages.map((stage) => ({ name: stage.stage, status: stage.status, rows: stage.rows })),
    message: record.error?.message ?? null,
  };
}
