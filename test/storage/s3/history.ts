/** One call of one client, between two moments of an order that all have in common. */
export interface Call {
  readonly kind: "publish" | "replace" | "swap" | "remove" | "read";
  readonly path: string;
  /** What was written, or read; `undefined` of a read: there was none. */
  content: number | undefined;
  /** Of a swap: what it goes over. */
  readonly before?: number;
  readonly begin: number;
  end: number;
  /**
   * Of a publish or a swap: whether it won. Of a remove: whether there was one. `undefined`: it rejected or its process died, so that
   * it may have been done, also later than it ended.
   */
  outcome: boolean | undefined;
}

/**
 * What of a history cannot be, by what a storage promises. A call whose answer was lost is made again, so it may be done more
 * than once while it is under way; whatever it does lies between its begin and its end.
 */
export function impossible(calls: readonly Call[]): string[] {
  const byPath = new Map<string, Call[]>();
  for (const call of calls) byPath.set(call.path, [...(byPath.get(call.path) ?? []), call]);
  const ofSwaps = (of: readonly Call[]) => of.some(({ kind }) => kind === "swap");
  return [...byPath.values()].flatMap((of) => (ofSwaps(of) ? impossibleSwaps(of) : impossibleOf(of)));
}

function impossibleOf(calls: readonly Call[]): string[] {
  const wrong: string[] = [];
  const say = (what: string, call: Call) => wrong.push(`${what}: ${JSON.stringify(call)}`);
  const removes = calls.filter(({ kind }) => kind === "remove");
  const replaces = calls.filter(({ kind }) => kind === "replace");
  const publishes = calls.filter(({ kind }) => kind === "publish");
  const endOf = ({ outcome, end }: Call) => (outcome === undefined ? Number.POSITIVE_INFINITY : end);
  const meets = (a: Call, from: number, to: number) => a.begin < to && endOf(a) > from;

  const winners = publishes.filter(({ outcome }) => outcome === true);
  for (const [i, one] of winners.entries())
    for (const other of winners.slice(i + 1)) {
      const [from, to] = [Math.min(one.begin, other.begin), Math.max(one.end, other.end)];
      if (!removes.some((call) => meets(call, from, to))) say(`won beside ${JSON.stringify(one)}`, other);
    }
  for (const refused of publishes.filter(({ outcome }) => outcome === false)) {
    const others = [...publishes, ...replaces].filter((call) => call !== refused);
    if (
      !others.some((call) => call.begin < refused.end && (call.kind === "replace" || call.outcome !== false))
    )
      say("was refused where nothing was", refused);
  }

  /** Refused, it wrote nothing; unless it did, its answer was lost, and another had taken that away when it asked again. */
  const wrote = (call: Call) =>
    call.outcome !== false || [...removes, ...replaces].some((other) => meets(other, call.begin, call.end));
  const writes = [...publishes.filter(wrote), ...replaces];
  const covers = [...winners, ...replaces, ...removes].filter(({ outcome }) => outcome !== undefined);
  for (const read of calls.filter(({ kind, outcome }) => kind === "read" && outcome !== undefined)) {
    if (read.content === undefined) {
      const lost = writes.filter(
        (write) =>
          write.outcome === true &&
          write.end < read.begin &&
          !removes.some((call) => meets(call, write.begin, read.end)),
      );
      if (lost.length > 0) say(`lost ${JSON.stringify(lost[0])}`, read);
      continue;
    }
    const sources = writes.filter((write) => write.content === read.content && write.begin < read.end);
    const isCurrent = (write: Call) =>
      !covers.some((cover) => cover.begin > endOf(write) && cover.end < read.begin);
    if (sources.length === 0) say("was never written", read);
    else if (!sources.some(isCurrent)) say("was written over, or removed", read);
  }

  // Where nothing is ever replaced or removed, there is one content, whoever asks.
  if (removes.length === 0 && replaces.length === 0) {
    const seen = calls.filter(
      ({ kind, outcome, content }) =>
        content !== undefined && outcome === true && (kind === "read" || kind === "publish"),
    );
    if (new Set(seen.map(({ content }) => content)).size > 1) say("are two contents of one", seen[0]!);
  }
  return wrong;
}

/** The same of a file that is published once and swapped from then on, with contents that nobody else writes. */
function impossibleSwaps(calls: readonly Call[]): string[] {
  const wrong: string[] = [];
  const say = (what: string, call: Call) => wrong.push(`${what}: ${JSON.stringify(call)}`);
  const writes = calls.filter(({ kind }) => kind === "publish" || kind === "swap");
  const reads = calls.filter(({ kind, outcome }) => kind === "read" && outcome !== undefined);

  /** What was written over a content, by whoever was not refused: or was, since its answer was lost and others went on from it. */
  const after = (content: number | undefined) => writes.filter(({ before }) => before === content);
  const wrote = (call: Call): boolean =>
    call.outcome !== false || after(call.content).some((next) => next.outcome === true);
  const leadsTo = (from: number, to: number): boolean =>
    from === to || after(from).some((next) => wrote(next) && leadsTo(next.content!, to));

  for (const won of writes.filter(({ outcome }) => outcome === true)) {
    const beside = after(won.before).filter((other) => other !== won && other.outcome === true);
    if (beside.length > 0) say(`won beside ${JSON.stringify(beside[0])}`, won);
    for (const read of reads.filter(({ begin }) => begin > won.end))
      if (read.content === undefined || !leadsTo(won.content!, read.content))
        say(`lost ${JSON.stringify(won)}`, read);
  }
  for (const refused of writes.filter(({ outcome }) => outcome === false)) {
    const others = after(refused.before).filter((other) => other !== refused && other.begin < refused.end);
    if (!wrote(refused) && !others.some(wrote)) say("was refused where nobody else wrote", refused);
  }
  for (const read of reads) {
    const isWritten = writes.some(
      (call) => call.content === read.content && wrote(call) && call.begin < read.end,
    );
    if (read.content !== undefined && !isWritten) say("was never written", read);
  }
  return wrong;
}
