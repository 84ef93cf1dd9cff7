import type { CheckData, FreshnessData } from "./data.js";
import { Scroll } from "./scroll.js";
import { data } from "./state.js";
import { age } from "./words.js";

/** Leak checks, in the library's words. */
export function LeakChecks() {
  const { checks } = data();
  if (checks.length === 0) return null;
  return (
    <section class="panel" aria-label="Leak checks">
      <h2>
        Leak checks <small>each row after the cutoff dropped, then mangled</small>
      </h2>
      <ul class="checks">
        {checks.map((check) => (
          <li key={check.name}>
            <b>{check.name}</b>
            <span class={`tag ${TAGS[check.outcome]}`}>{check.outcome}</span>
            {check.lines.map((line) => (
              <p key={line}>{line}</p>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

const TAGS: Readonly<Record<CheckData["outcome"], string>> = {
  "no leak": "ok",
  leak: "bad",
  "nothing checked": "bad",
  failed: "bad",
};

/** How old the newest row of each dataset was when the page was made. */
export function Freshness() {
  const { freshness, madeAt } = data();
  return (
    <section class="panel" aria-label="Freshness">
      <h2>
        Freshness <small>at {madeAt.slice(0, 16).replace("T", " ")}Z</small>
      </h2>
      <Scroll label="Freshness of each dataset">
        <table>
          <thead>
            <tr>
              <th>dataset</th>
              <th>newest row</th>
              <th class="r">age</th>
              <th>state</th>
            </tr>
          </thead>
          <tbody>
            {freshness.map((one) => (
              <FreshnessRow key={one.dataset} {...one} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function FreshnessRow({ dataset, status, newest, ageSeconds, proven, refused }: FreshnessData) {
  return (
    <tr>
      <td class="m">{dataset}</td>
      <td class="m" title={newest ?? ""}>
        {newest ? newest.slice(0, 19).replace("T", " ") : "none"}
      </td>
      <td class="r m">{ageSeconds === null ? "" : age(ageSeconds)}</td>
      <td>
        {refused ? (
          <span class="tag bad" title={refused}>
            not readable
          </span>
        ) : (
          <span class={`tag ${status === "error" ? "bad" : status === "pass" ? "ok" : "note"}`}>
            {status ?? "no limit set"}
          </span>
        )}
        {proven || refused ? null : <span class="dim"> older days taken on trust</span>}
      </td>
    </tr>
  );
}
