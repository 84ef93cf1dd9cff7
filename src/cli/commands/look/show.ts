import { buildCommand } from "@stricli/core";
import {
  argument,
  BOUNDS,
  type BoundsFlags,
  COLUMNS,
  type ColumnsFlags,
  DAYS,
  type DaysFlags,
  ENGINE,
  type EngineFlags,
  flagOf,
  OUTPUT,
  type OutputFlags,
  READING,
  type ReadingFlags,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { instantText, isoDuration } from "../../arguments/instants.js";
import { boundsOf, columnsOf, readingOf } from "../../arguments/question.js";
import { usage } from "../../arguments/usage.js";
import { onEngine } from "../../open/on-engine.js";
import { answerOf, answerOfRows } from "../../output/answer.js";
import type { Context } from "../../output/context.js";
import { note } from "../../output/io.js";
import { noteLeftOut } from "../../output/left-out.js";
import { showAnswer } from "../../output/show-answer.js";

type Flags = TreeFlags &
  OutputFlags &
  DaysFlags &
  ReadingFlags &
  BoundsFlags &
  ColumnsFlags &
  EngineFlags & { readonly asOf?: string };

export const show = buildCommand({
  async func(this: Context, flags: Flags, dataset: string, date?: string) {
    const { openOrGuess } = await import("../../open/open.js");
    const tree = await openOrGuess(this.io, flags, dataset);
    const { bronze, guessed, clock } = tree;
    const columns = columnsOf(flags);
    const { isDated } = bronze.dataset(dataset);
    if (isDated && date === undefined)
      throw usage(`"${dataset}" lies by days: name one, show ${dataset} DATE.`);
    if (flags.asOf === undefined) {
      const unread = (["lookback", "knownBy", "maxAge", "engine"] as const).filter(
        (name) => flags[name] !== undefined,
      );
      if (unread.length > 0)
        throw usage(
          `${unread.map((name) => FLAG[name]).join(", ")} means something only with --as-of INSTANT.`,
        );
      if (date !== undefined) {
        const day = await bronze.readBronzeDay(dataset, date, {
          ...(columns && { columns }),
          ...readingOf(flags),
        } as never);
        for (const line of aboutOf(day)) note(this.io, line);
        await noteLeftOut(this, flags, () => ({
          filesSkipped: day.skipped.map(({ path }) => path),
          filesPruned: [],
        }));
        return showAnswer(this.io, answerOf(day as never), flags);
      }
      if (guessed) {
        const unread = (["onCorrupt", "acceptPruned"] as const).filter((name) => flags[name] !== undefined);
        if (unread.length > 0)
          throw usage(`${unread.map((name) => FLAG[name]).join(", ")} means something only with a config.`);
        const { rowsAsTheyLie } = await import("../../open/rows-as-they-lie.js");
        const { names, rows } = await rowsAsTheyLie(guessed.storage, guessed.filesOf(dataset));
        const unknown = columns?.filter((name) => !names.includes(name)) ?? [];
        if (unknown.length > 0)
          throw usage(`There is no column ${unknown.join(", ")}; there are ${names.join(", ")}.`);
        return showAnswer(this.io, answerOfRows(columns ?? names, rows), flags);
      }
      note(this.io, `"${dataset}" does not lie by days: what holds now is shown.`);
    }
    const cutoff = instantText(flags.asOf ?? "now", "--as-of", clock());
    const { maxAge, knownBy } = boundsOf(flags, cutoff, clock());
    const store = flags.engine === undefined ? bronze : await onEngine(tree, flags.engine);
    const at = store.asOf(cutoff, { ...(knownBy !== undefined && { knownBy }) });
    const snapshot = await at.read(dataset, {
      ...(date !== undefined && { date, lookbackDays: flags.lookback ?? 0 }),
      ...(date === undefined && flags.lookback !== undefined && { lookbackDays: flags.lookback }),
      ...(columns && { columns }),
      ...readingOf(flags),
      ...(maxAge !== undefined && { maxAge: isoDuration(maxAge) }),
    } as never);
    for (const line of aboutOf(snapshot)) note(this.io, line);
    await noteLeftOut(this, flags, () => snapshot.provenance);
    return showAnswer(this.io, answerOf(snapshot as never), flags);
  },
  parameters: {
    flags: {
      asOf: flagOf("what held then; default: the day as it lies", "INSTANT"),
      ...BOUNDS,
      ...ENGINE,
      ...DAYS,
      ...READING,
      ...COLUMNS,
      ...OUTPUT,
      ...TREE,
    },
    positional: {
      kind: "tuple",
      parameters: [
        argument("DATASET", "name of a dataset"),
        { ...argument("DATE", "domain date, YYYY-MM-DD; none where paths say no dates"), optional: true },
      ],
    },
  },
  docs: {
    brief: "the rows of a day, or what held at an instant",
    fullDescription:
      "Shows a day as it lies, or with --as-of what held at that instant. Instants are ISO 8601 with a zone, now, or now-2h.\n" +
      "Without a config the layout of the folder is guessed, and stderr says what was guessed.",
  },
});

const FLAG = {
  lookback: "--lookback",
  knownBy: "--known-by",
  maxAge: "--max-age",
  engine: "--engine",
  onCorrupt: "--on-corrupt",
  acceptPruned: "--accept-pruned",
} as const;

/** What an answer says of itself, without its rows: those go to stdout. */
function aboutOf(snapshot: { readonly length: number; toString(): string }): string[] {
  const [title, ...lines] = String(snapshot).split("\n");
  const rows = Math.min(snapshot.length, 10);
  return [title!, ...lines.slice(rows + 1).filter((line) => !/^ {2}\.\.\. /.test(line))];
}
