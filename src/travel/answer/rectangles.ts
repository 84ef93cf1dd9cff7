import { byFrom, firstAtOrAfter } from "./sorted-places.js";

/** What comes to count for a key at an instant of the swept axis, for questions from a bound of the other axis on. */
export interface Arrival {
  /** The first instant of the swept axis at which it counts. */
  readonly at: bigint;
  /** The first one after that at which it counts no more. */
  readonly until: bigint;
  /** The first bound of the other axis under which it counts. */
  readonly from: bigint;
  /** The frame row; -1 for a snapshot that lacks the key. */
  readonly row: number;
  /** Its number in the order of rows. */
  readonly position: number;
  /** The rank of its snapshot; -1 where it has none. */
  readonly rank: number;
}

/** A row, and where it holds: on both axes from the first to before the second. */
interface Box {
  readonly row: number;
  readonly sweptFrom: bigint;
  readonly sweptTo: bigint;
  readonly from: bigint;
  readonly to: bigint;
}

/** Where the axes end, and which rows hold without being seen. */
interface Plane {
  readonly sweptEnd: bigint;
  /** The other axis. */
  readonly start: bigint;
  readonly end: bigint;
  readonly isTombstone: ((row: number) => boolean) | undefined;
}

interface Segment {
  readonly from: bigint;
  readonly to: bigint;
  readonly row: number;
}

type OpenBox = Segment & { readonly since: bigint };

/**
 * Where each row of a key holds, as rectangles that do not overlap.
 *
 * At each instant of the swept axis two lists say all there is along the other one: who wins from which bound on (a later row
 * takes all bounds from its own on), and which snapshot is the last that speaks of the key (a later one takes the bounds
 * from its own on up to a still later one). What comes changes both from its own bound on, and only rectangles that end
 * there are closed. A row closes those it replaces and cuts one in two, so that n rows make fewer than 2n rectangles; only
 * a row that was announced for later than snapshots after its own has to be cut by what these said under each bound.
 *
 * @param arrivals ascending by `at`, then in the order of rows
 */
export function sweep(arrivals: readonly Arrival[], plane: Plane): Box[] {
  const boxes: Box[] = [];
  let winners: Arrival[] = [];
  let last: Arrival[] = [];
  let open: OpenBox[] = [];
  const leavings = [...new Set(arrivals.map(({ until }) => until))]
    .filter((until) => until < plane.sweptEnd)
    .sort((a, b) => (a < b ? -1 : 1));
  let left = 0;
  let live: Arrival[] = [];

  /** Lets an arrival count. Returns up to which bound, from its own on, something may have changed. */
  function enter(arrival: Arrival): bigint {
    const { from, row, position, rank } = arrival;
    let changedTo = from;
    if (row >= 0) {
      const first = firstAtOrAfter(winners, from, byFrom);
      // Where both times are asked for at once, rows may come in another order than theirs.
      if (!(first < winners.length && winners[first]!.position > position)) {
        winners.length = first;
        winners.push(arrival);
        changedTo = plane.end;
      }
    }
    const first = firstAtOrAfter(last, from, byFrom);
    if ((last[first - 1]?.rank ?? -1) >= rank) return changedTo;
    let next = first;
    while (next < last.length && last[next]!.rank <= rank) next++;
    const limit = last[next]?.from ?? plane.end;
    if (limit === from) return changedTo;
    last.splice(first, next - first, arrival);
    return limit > changedTo ? limit : changedTo;
  }

  /** What holds along the other axis between two bounds. */
  function segments(from: bigint, to: bigint): Segment[] {
    const found: Segment[] = [];
    let w = firstAtOrAfter(winners, from + 1n, byFrom) - 1;
    let l = firstAtOrAfter(last, from + 1n, byFrom) - 1;
    for (let at = from; at < to; ) {
      const nextWinner = winners[w + 1]?.from ?? to;
      const nextLast = last[l + 1]?.from ?? to;
      let next = nextWinner < nextLast ? nextWinner : nextLast;
      if (next > to) next = to;
      const row = w < 0 || (l >= 0 && last[l]!.row < 0) ? -1 : winners[w]!.row;
      if (row >= 0 && !plane.isTombstone?.(row)) found.push({ from: at, to: next, row });
      if (nextWinner === next) w++;
      if (nextLast === next) l++;
      at = next;
    }
    return found;
  }

  /** Between two bounds, replaces what held before an instant by what holds from it on. */
  function change(from: bigint, to: bigint, at: bigint): void {
    const first = firstAtOrAfter(open, from + 1n, (box) => box.to);
    const end = firstAtOrAfter(open, to, byFrom);
    const before = open.slice(first, end);
    const [lowest, highest] = [before[0], before.at(-1)];
    const now = joined([
      ...(lowest && lowest.from < from ? [{ ...lowest, to: from }] : []),
      ...segments(from, to),
      ...(highest && highest.to > to ? [{ ...highest, from: to }] : []),
    ]);
    const kept = new Map(before.map((box) => [box.from, box]));
    const opened = now.map((segment): OpenBox => {
      const box = kept.get(segment.from);
      if (box?.to !== segment.to || box.row !== segment.row) return { ...segment, since: at };
      kept.delete(segment.from);
      return box;
    });
    for (const box of kept.values()) close(box, at);
    if (end < open.length) open = open.slice(0, first).concat(opened, open.slice(end));
    else {
      open.length = first;
      for (const box of opened) open.push(box);
    }
  }

  function close({ row, from, to, since }: OpenBox, at: bigint): void {
    if (since < at) boxes.push({ row, sweptFrom: since, sweptTo: at, from, to });
  }

  /** Lets go of what is too old by then: what it outranked counts again, so that the lists are made anew. */
  function leaveUntil(at: bigint): void {
    for (; left < leavings.length && leavings[left]! <= at; left++) {
      const instant = leavings[left]!;
      live = live.filter(({ until }) => until > instant);
      winners = [];
      last = [];
      for (const arrival of live) enter(arrival);
      change(plane.start, plane.end, instant);
    }
  }

  for (const arrival of arrivals) {
    leaveUntil(arrival.at);
    if (leavings.length > 0) live.push(arrival);
    const changedTo = enter(arrival);
    if (changedTo > arrival.from) change(arrival.from, changedTo, arrival.at);
  }
  leaveUntil(plane.sweptEnd);
  for (const box of open) close(box, plane.sweptEnd);
  return boxes;
}

/** Neighbours of one row as one segment. */
function joined(segments: readonly Segment[]): Segment[] {
  const found: Segment[] = [];
  for (const { from, to, row } of segments) {
    const before = found.at(-1);
    if (before?.to === from && before.row === row) found[found.length - 1] = { ...before, to };
    else found.push({ from, to, row });
  }
  return found;
}
