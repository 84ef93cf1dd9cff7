import { printable } from "../../printed.js";
import { counted } from "../../shown.js";
import { textTable } from "../../table/index.js";
import type { Coverage, CoverageDay } from "./coverage-result.js";

const MAX_NOTES = 5;

/** Columns of text; the others are numbers. */
const LEFT = new Set(["date", "first captured", "last captured"]);

/** A table of the days, and a line for each thing a person should look into. */
export function coverageText({ dataset, timeZone, days, filesRead, filesDecoded }: Coverage): string {
  const expects = days.some(({ slots }) => slots !== null);
  const head = [
    "date",
    "files",
    "rows",
    "bytes",
    "first captured",
    "last captured",
    "fallback",
    "ahead",
    "late",
    ...(expects ? ["slots"] : []),
  ];
  const rows = days.map((day) => [
    day.date,
    String(day.files),
    String(day.rows),
    String(day.bytes),
    day.firstCaptured ?? "-",
    day.lastCaptured ?? "-",
    String(day.rowsByFallback),
    String(day.rowsAhead),
    String(day.rowsCapturedLate),
    ...(expects ? [day.slots ? `${day.slots.met}/${day.slots.expected}` : "-"] : []),
  ]);
  const notes = days.flatMap(notesOf);
  return [
    `Coverage of ${dataset}: ${counted(days.length, "day")} in ${timeZone}`,
    ...textTable([head, ...rows], (i) => !LEFT.has(head[i]!)),
    ...notes.map((note) => `  ${printable(note)}`),
    `  ${counted(filesRead, "file")} read, ${filesDecoded} decoded`,
  ].join("\n");
}

function notesOf({ date, slots, unreadable, ignored, pruned }: CoverageDay): string[] {
  const notes: string[] = [];
  const say = (what: string, items: readonly string[]) => {
    if (items.length === 0) return;
    const more = items.length > MAX_NOTES ? `, and ${items.length - MAX_NOTES} more` : "";
    notes.push(`${date}: ${what} ${items.slice(0, MAX_NOTES).join(", ")}${more}`);
  };
  if (slots) {
    say("missing", slots.missing);
    say(
      "thin",
      slots.thin.map(({ at, rows }) => `${at} (${counted(rows, "row")})`),
    );
    say(
      "late",
      slots.late.map(({ at, firstCaptured }) => `${at} (came ${firstCaptured})`),
    );
    if (slots.pending > 0) notes.push(`${date}: ${counted(slots.pending, "slot")} not over yet`);
  }
  say(
    "unreadable",
    unreadable.map(({ path, code }) => `${path} (${code})`),
  );
  say(
    "passed over",
    ignored.map(({ path, reason }) => `${path} (${reason})`),
  );
  if (pruned) notes.push(`${date}: history was pruned`);
  return notes;
}
