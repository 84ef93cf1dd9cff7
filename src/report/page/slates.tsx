import { useSignal } from "@preact/signals";
import type { FindingData, SlateData } from "./data.js";
import { isoOf } from "./lookup.js";
import { Scroll } from "./scroll.js";
import { chooseDay, chooseGroup, data, day, groups, moveTo, onceRead } from "./state.js";
import { count, counted, shortPath } from "./words.js";

type View = "day" | "all" | "findings";

const FIRST = 12;

/** What is frozen: each slate, and what is wrong with any, by its cause. */
export function Slates() {
  const { gold } = data();
  const { findings = [], slates = [], refused = null } = gold ?? {};
  const view = useSignal<View>(findings.some(({ ok }) => !ok) ? "findings" : "day");
  const most = useSignal(FIRST);
  if (!gold) return null;
  const ofDay = slates
    .map((slate, number) => ({ slate, number }))
    .filter(({ slate }) => slate.date === day.value.date);
  const all = slates.map((slate, number) => ({ slate, number }));
  const list = view.value === "day" ? ofDay : all;
  return (
    <section class="panel gold" aria-label="Frozen slates">
      <h2>
        Frozen slates{" "}
        <small>
          every hash taken again{" "}
          {data().live === null
            ? `${data().madeAt.slice(0, 16).replace("T", " ")}Z`
            : "of the days that are opened"}
        </small>
        <span class="seg">
          <Tab view={view} of="day" text={`this day ${count(ofDay.length)}`} />
          <Tab view={view} of="all" text={`all ${count(all.length)}`} />
          <Tab view={view} of="findings" text={`findings ${count(findings.length)}`} />
        </span>
      </h2>
      {refused ? <p class="refused">{refused}</p> : null}
      {view.value === "findings" ? (
        <Findings findings={findings} slates={slates} />
      ) : (
        <Scroll label="Slates">
          <SlateTable list={list.slice(0, most.value)} findings={findings} />
        </Scroll>
      )}
      {view.value !== "findings" && list.length === 0 ? <p class="hint">None.</p> : null}
      {view.value !== "findings" && list.length > most.value ? (
        <button
          type="button"
          class="more"
          onClick={() => {
            most.value += 200;
          }}
        >
          and {counted(list.length - most.value, "more slate")}
        </button>
      ) : null}
    </section>
  );
}

function Tab({ view, of, text }: { view: { value: View }; of: View; text: string }) {
  return (
    <button
      type="button"
      class={view.value === of ? "on" : ""}
      aria-pressed={view.value === of}
      onClick={() => {
        view.value = of;
      }}
    >
      {text}
    </button>
  );
}

function SlateTable({
  list,
  findings,
}: {
  list: readonly { readonly slate: SlateData; readonly number: number }[];
  findings: readonly FindingData[];
}) {
  if (list.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          <th>slate</th>
          <th>snapshot</th>
          <th>cutoff</th>
          <th class="r">rows</th>
          <th class="r">inputs</th>
          <th>digest</th>
          <th>state</th>
        </tr>
      </thead>
      <tbody>
        {list.map(({ slate, number }) => (
          <tr key={number}>
            <td class="m" title={slate.cells.join(", ")}>
              <button type="button" class="link" onClick={() => goTo(slate)}>
                {slate.date?.slice(5)} · {nameOf(slate)}
              </button>
            </td>
            <td>
              {slate.snapshot}
              {slate.revision > 1 ? ` r${slate.revision}` : ""}
            </td>
            <td class="m">{isoOf(BigInt(slate.cutoff)).slice(5, 19).replace("T", " ")}</td>
            <td class="r m">{count(slate.rows)}</td>
            <td
              class="r m"
              title={slate.inputs
                .map(
                  ({ dataset, files, rows }) =>
                    `${dataset}: ${counted(rows, "row")} of ${counted(files, "file")}`,
                )
                .join("\n")}
            >
              {count(slate.inputs.reduce((sum, { files }) => sum + files, 0))}
            </td>
            <td class="m dim" title={slate.digest}>
              {slate.digest.slice(0, 10)}
            </td>
            <td>
              <State slate={slate} own={findings.filter(({ slates }) => slates.includes(number))} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What a slate is called: as the event that its key names, else its last cell. */
function nameOf({ name, cells }: SlateData): string {
  const { events } = day.value;
  const event = events.find(({ group, isCutoff }) => !isCutoff && group !== null && cells.includes(group));
  return event?.name ?? name;
}

/** Looks at a slate's day, its group and its cutoff. */
function goTo({ date, cells, cutoff }: SlateData): void {
  const place = data().days.findIndex((one) => one.date === date);
  if (place < 0) return;
  chooseDay(place);
  onceRead(() => {
    const own = groups.value.values.find(({ value }) => cells.includes(value));
    if (own && groups.value.values.length > 1) chooseGroup(own.value);
    moveTo(BigInt(cutoff));
  });
}

function State({ slate, own }: { slate: SlateData; own: readonly FindingData[] }) {
  const worst = own.find(({ ok }) => !ok) ?? own[0];
  if (!slate.verified) return <span class="tag note">not verified</span>;
  if (!worst) return <span class="tag ok">intact</span>;
  return (
    <span
      class={`tag ${worst.ok ? "note" : "bad"}`}
      title={own.map(({ kind, path }) => `${kind}: ${path}`).join("\n")}
    >
      {worst.kind}
    </span>
  );
}

function Findings({ findings, slates }: { findings: readonly FindingData[]; slates: readonly SlateData[] }) {
  if (findings.length === 0) {
    const some = slates.filter(({ verified }) => !verified).length;
    return (
      <p class="hint">
        {some === 0
          ? "All that was frozen is what it was."
          : `Of ${counted(some, "slate")} it is not known: open their days.`}
      </p>
    );
  }
  return (
    <ul class="findings">
      {findings.map((finding) => (
        <li key={`${finding.kind} ${finding.path}`}>
          <span class={`tag ${finding.ok ? "note" : "bad"}`}>{finding.kind}</span>
          <code title={finding.path}>{shortPath(finding.path)}</code>
          <span>
            {counted(finding.touched, "slate")}
            {finding.ok ? ", still whole" : ""}
          </span>
          {finding.message ? <p>{finding.message}</p> : null}
          <p>
            {finding.slates.slice(0, 8).map((number) => (
              <button key={number} type="button" class="link" onClick={() => goTo(slates[number]!)}>
                {slates[number]!.date?.slice(5)} {slates[number]!.name} {slates[number]!.snapshot}
              </button>
            ))}
            {finding.slates.length > 8 ? ` and ${count(finding.slates.length - 8)} more` : ""}
          </p>
        </li>
      ))}
    </ul>
  );
}
