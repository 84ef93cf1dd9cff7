import { useSignal } from "@preact/signals";
import type { RunData } from "./data.js";
import { Scroll } from "./scroll.js";
import { data } from "./state.js";
import { age, count, counted } from "./words.js";

const FIRST = 8;

/** What the newest runs did. */
export function Runs() {
  const { runs, refused } = data().runs;
  const isAll = useSignal(false);
  if (runs.length === 0 && refused === null) return null;
  const shown = isAll.value ? runs : runs.slice(0, FIRST);
  return (
    <section class="panel" aria-label="Runs">
      <h2>
        Runs <small>the newest first, instants in UTC</small>
      </h2>
      {refused === null ? null : <p class="refused">{refused}</p>}
      <Scroll label="What each run did">
        <table>
          <thead>
            <tr>
              <th>run</th>
              <th>started</th>
              <th class="r">took</th>
              <th>stages</th>
              <th>state</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((run) => (
              <RunRow key={run.id} {...run} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.length < runs.length ? (
        <button
          type="button"
          class="more"
          onClick={() => {
            isAll.value = true;
          }}
        >
          and {counted(runs.length - shown.length, "more run")}
        </button>
      ) : null}
    </section>
  );
}

function RunRow({ id, name, status, cutoff, startedAt, endedAt, stages, message }: RunData) {
  const [from, to] = [startedAt, endedAt].map((at) => (at === null ? Number.NaN : Date.parse(at)));
  return (
    <tr>
      <td title={id}>{name ?? id}</td>
      <td class="m" title={cutoff === null ? "" : `cutoff ${cutoff}`}>
        {startedAt?.slice(5, 19).replace("T", " ")}
      </td>
      <td class="r m">{Number.isNaN(to! - from!) ? "" : age((to! - from!) / 1000)}</td>
      <td
        class="m dim"
        title={stages
          .map((stage) => `${stage.name}: ${stage.status}, ${counted(stage.rows, "row")}`)
          .join("\n")}
      >
        {count(stages.filter((stage) => stage.status === "completed").length)} of {count(stages.length)}
      </td>
      <td>
        <span class={`tag ${status === null ? "bad" : TAGS[status]}`} title={message ?? ""}>
          {status ?? "not readable"}
        </span>
      </td>
    </tr>
  );
}

const TAGS: Readonly<Record<NonNullable<RunData["status"]>, string>> = {
  running: "note",
  completed: "ok",
  unchanged: "ok",
  failed: "bad",
  interrupted: "bad",
  abandoned: "bad",
};
