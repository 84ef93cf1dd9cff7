// One of a crowd over one tree, which ends itself with SIGKILL just before its nth system call that changes the disk:
// crowd.ts <root> <role> <name> <n>. What it has done it says in a file, line by line: see `said`.
import { appendFileSync } from "node:fs";
import { isBronzeError } from "bronzestore";
import {
  crowdWorld,
  dateOf,
  dayOf,
  freezeNth,
  idsOf,
  said,
  saidBy,
  WRITERS,
  writeLines,
  wrongWith,
} from "../crowd.js";
import { diskKilledAt } from "./disk-killed-at.js";

const [root = "", role = "", name = "", at = ""] = process.argv.slice(2);
const { storage } = diskKilledAt(`${root}/tree`, Number(at));
const world = crowdWorld(storage);
const later = crowdWorld(storage, 30);

/** At once: it is known, however soon this process is killed. */
function say(line: string): void {
  appendFileSync(saidBy(root, name), `${line}\n`);
}

/** Where it goes on: after the last that it has said. */
function next(): number {
  const last = said(root, name).at(-1);
  return last === undefined ? 0 : Number(last.split(" ")[0]) + 1;
}

/** The last day that every writer has left behind. */
function dayLeftBehind(): number {
  return Math.min(
    ...WRITERS.map((writer) => said(root, writer).length).map((count) => dayOf(count - (count % 10))),
  );
}

async function write(): Promise<void> {
  for (let seq = next(); ; seq++) {
    await writeLines(world.bronze, name, seq);
    say(String(seq));
  }
}

/** What was acknowledged before it began to read is there, and nothing is there twice. */
async function read(): Promise<void> {
  for (let round = next(); ; round++) {
    const wanted = new Map<string, string[]>();
    for (const writer of WRITERS) {
      for (const seq of said(root, writer).map(Number)) {
        const date = dateOf(dayOf(seq));
        wanted.set(date, [...(wanted.get(date) ?? []), ...idsOf(writer, seq)]);
      }
    }
    const dates = [...wanted.keys()].sort();
    for (let i = 0; i < Math.min(3, dates.length); i++) {
      const date = dates[(round * 7 + i * 5) % dates.length]!;
      const ids = (await world.bronze.readBronzeDay("lines", date)).column("id");
      const there = new Set(ids);
      if (there.size !== ids.length) throw new Error(`${date} has ${ids.length - there.size} rows twice`);
      const lost = wanted.get(date)!.filter((id) => !there.has(id));
      if (lost.length > 0) throw new Error(`${date} has lost ${lost.join(" ")}`);
    }
    say(String(round));
  }
}

async function freeze(): Promise<void> {
  for (let n = next(); ; n++) {
    const { status } = await freezeNth(world, n);
    say(`${n} ${status}`);
    for (const one of new Set([n, Math.floor(n / 2)]))
      for (const wrong of await wrongWith(world, one)) throw new Error(wrong);
  }
}

/** Compacts, at times the other way, and empties the trash. */
async function compact(): Promise<void> {
  for (let round = next(); ; round++) {
    const into = round % 5 === 4 ? "files" : "day";
    const before = dateOf(Math.max(1, dayLeftBehind()));
    try {
      const plan = await world.retention.planCompact({ datasets: ["lines"], before, into, cutoffs: 2 });
      const { filesRemoved } = await world.retention.apply(plan);
      say(`${round} ${filesRemoved === 0 ? "nothing to do" : `into ${into}`}`);
      if (round % 3 === 2) await later.retention.emptyTrash({ olderThan: "P7D" });
    } catch (error) {
      // A write, or a freeze, came in between: plan again.
      if (!isBronzeError(error) || !["PLAN_STALE", "RETENTION_REFUSED"].includes(error.code)) throw error;
      say(`${round} ${error.code}`);
    }
  }
}

const ROLES: Record<string, () => Promise<void>> = { write, read, freeze, compact };
await ROLES[role]!();
