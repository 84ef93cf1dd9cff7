// old-board <root> [careful]: one edition after the other, each written where the readers look; "careful" renames the
// Parquet into place, as the scripts did after the first lost evening, and leaves the pointer as it was.
import { renameSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BOARD_FILE, BOARD_POINTER, editionOf } from "../support/board.js";
import { writeInPlace } from "../support/parquet.js";
import { say } from "./talk.js";

const [root = "", careful] = process.argv.slice(2);
const file = join(root, BOARD_FILE);
for (let edition = 1; ; edition++) {
  const rows = editionOf(edition).map((row) => ({ ...row, run_id: `run-${edition}` }));
  if (careful) {
    writeInPlace(`${file}.tmp`, rows);
    renameSync(`${file}.tmp`, file);
  } else writeInPlace(file, rows);
  await writeFile(
    join(root, BOARD_POINTER),
    JSON.stringify({ run_id: `run-${edition}`, edition }, undefined, 2),
  );
  if (edition === 1) say("ready");
}
