import { useSignal } from "@preact/signals";
import { askDiagnosis } from "./live.js";
import { data, diagnosis, isDiagnosing } from "./state.js";
import { count, counted } from "./words.js";

const FIRST = 12;

/** What the doctor found wrong with the tree, each by its path. */
export function Diagnosis() {
  const isAll = useSignal(false);
  const found = diagnosis.value;
  if (data().diagnosis === null) return null;
  const findings = found?.findings ?? [];
  const shown = isAll.value ? findings : findings.slice(0, FIRST);
  return (
    <section class="panel" aria-label="What is wrong with the tree">
      <h2>
        What is wrong with the tree{" "}
        <small>
          {found?.at ? `as the doctor found it at ${found.at.slice(0, 16).replace("T", " ")}Z` : ""}
        </small>
        {data().diagnosis === "ask" ? (
          <button type="button" class="more" disabled={isDiagnosing.value} onClick={askDiagnosis}>
            {isDiagnosing.value ? "looking" : "look again"}
          </button>
        ) : null}
      </h2>
      {found?.refused ? <p class="refused">{found.refused}</p> : null}
      <ul class="findings">
        {shown.map(({ code, path, what, todo, isDone }) => (
          <li key={`${code} ${path} ${what}`}>
            <span class={`tag ${isDone ? "note" : "bad"}`}>{code}</span>
            <code>{path}</code>
            <p>{what}</p>
            <p>
              {isDone ? "Done: " : ""}
              {todo}
            </p>
          </li>
        ))}
      </ul>
      {shown.length < findings.length ? (
        <button
          type="button"
          class="more"
          onClick={() => {
            isAll.value = true;
          }}
        >
          and {counted(findings.length - shown.length, "more finding")}
        </button>
      ) : null}
      {found ? <Looked /> : null}
    </section>
  );
}

/** What was looked at: a check of nothing has not passed. */
function Looked() {
  const { checks, ok, refused } = diagnosis.value!;
  if (refused) return null;
  const some = checks
    .filter(({ looked }) => looked > 0)
    .map(({ check, looked }) => `${count(looked)} ${check}`);
  const notes = checks.flatMap(({ note }) => note ?? []);
  return (
    <p class="hint">
      {ok ? "Nothing is wrong. " : ""}
      Looked at: {some.join(", ") || "nothing"}. {notes.join(" ")}
    </p>
  );
}
