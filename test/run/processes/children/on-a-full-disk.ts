// on-a-full-disk <root>: on a small disk of its own, leaves ever fewer pages free and runs the pipeline; then makes room and
// runs it again. Prints a line of JSON for each.
import { readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isBronzeError, localDisk, readPointer, readRun } from "bronzestore";
import { say } from "../../../storage/children/say.js";
import { POINTER, pipeline, runIn } from "../pipeline.js";
import { isFreeForShell } from "../runner.js";

const [disk = ""] = process.argv.slice(2);
const PAGE = 4096;
const MOST_PAGES = 24;

for (let pages = 0; pages <= MOST_PAGES; pages++) {
  const root = join(disk, "data");
  const place = { root };
  rmSync(root, { recursive: true, force: true });
  const storage = localDisk(root);
  const first = await runIn(storage, (run) => pipeline(run));
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, "ballast"), Buffer.alloc(bavail * bsize - pages * PAGE));
  let id: string | undefined;
  const full = await runIn(storage, (run) => {
    id = run.id;
    return pipeline(run);
  }).then(
    ({ status }) => status,
    (error: unknown) => (isBronzeError(error) ? `${error.code} ${error.details.cause}` : String(error)),
  );
  const isFree = isFreeForShell(root);
  const pointer = (await readPointer(place, POINTER))?.run_id;
  const fileOf = async () =>
    (await readRun(place, id!, { timeZone: "America/New_York" }).catch(() => undefined)) ?? null;
  const left = id === undefined ? null : await fileOf();
  rmSync(join(disk, "ballast"));
  const next = await runIn(storage, (run) => pipeline(run));
  const moved = (await readPointer(place, POINTER))?.run_id;
  const temps = readdirSync(root, { recursive: true }).filter((path) => String(path).endsWith(".tmp"));
  say(
    JSON.stringify({
      pages,
      full,
      isFree,
      pointer: pointer === (first as { runId: string }).runId ? "first" : pointer === id ? "this" : pointer,
      left: left && { status: left.status, pointers: left.pointers.length },
      next: next.status,
      isMoved: moved === (next as { runId: string }).runId,
      found: id === undefined ? null : ((await fileOf())?.status ?? null),
      temps,
    }),
  );
}
