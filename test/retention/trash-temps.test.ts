import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { localDisk } from "bronzestore";
import { describe, expect, it } from "vitest";
import { tempName } from "../../src/storage/local/temp-files.js";
import { tempFolders } from "../storage/temp-folder.js";
import { ALL, freezeGame, retentionWorld, writeBoard } from "./world.js";

const tempFolder = tempFolders();
const isLinux = fs.existsSync("/proc/sys/kernel/random/boot_id");

describe("emptying the trash", () => {
  it.skipIf(!isLinux)("takes the temp files of a killed apply with it", async () => {
    const root = tempFolder();
    const made = retentionWorld(localDisk(root));
    await writeBoard(made);
    await freezeGame(made, "g1");
    await made.retention.apply(await made.retention.planPrune(ALL));
    const names = () => fs.readdirSync(root, { recursive: true, encoding: "utf8" });
    const trashed = names().filter((name) => /\.trash\/.+\.parquet$/.test(name));
    expect(trashed.length).toBeGreaterThan(1);
    const dead = tempName("odds.parquet").replace(`.${process.pid}-`, `.${spawnSync("true").pid}-`);
    for (const file of trashed) fs.writeFileSync(join(root, dirname(file), dead), "half a file");
    await retentionWorld(localDisk(root), "2026-03-20T12:00:00Z").retention.emptyTrash({ olderThan: "P7D" });
    expect(names().filter((name) => name.endsWith(".tmp") || trashed.includes(name))).toEqual([]);
  });
});
