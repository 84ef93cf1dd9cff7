import type { ReportEvent } from "bronzestore/report";
import { saidBy } from "../../shown.js";
import { type Io, note } from "../output/io.js";
import { scheduleOf } from "./builder-of.js";
import type { Tree } from "./open.js";

/**
 * The games of the config's schedule as a page shows them, each at its tip-off; none without a schedule. A page shows all else
 * where the schedule cannot be read, so that is a note.
 */
export async function eventsOf(io: Io, tree: Tree): Promise<ReportEvent[]> {
  if (!tree.config?.schedule) return [];
  try {
    const { games } = await scheduleOf(tree);
    return games.flatMap((game) =>
      game.tip_ts === undefined
        ? []
        : [{ name: nameOf(game), at: game.tip_ts, date: game.game_date, of: game.game_id }],
    );
  } catch (error) {
    note(io, `No events: the config's schedule cannot be read: ${saidBy(error)}`);
    return [];
  }
}

function nameOf(game: { readonly game_id: string }): string {
  const { home, away } = game as { readonly home?: unknown; readonly away?: unknown };
  return typeof home === "string" && typeof away === "string" ? `${away} at ${home}` : game.game_id;
}
