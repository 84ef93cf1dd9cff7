import { effect, signal } from "@preact/signals";
import type { DiagnosisData, ReportData } from "./data.js";
import { follow, linkText } from "./links.js";
import { data, day, isDiagnosing, isRead, renew, showDay, toldDiagnosis } from "./state.js";

/*
 * A page whose server tells it of changes. It asks for answers, and is told only when: a state of the tree has a number.
 */

/** What a live page says of itself beside the title. */
interface Connection {
  readonly state: "live" | "reading" | "lost";
  /** Why something could not be had, in the server's words. */
  readonly fault: string | null;
}

const connection = signal<Connection>({ state: "reading", fault: null });

export function LiveMark() {
  if (data().live === null) return null;
  const { state, fault } = connection.value;
  return (
    <>
      <span class={`live is-${state}`} role="status">
        {STATES[state]}
      </span>
      {fault === null ? null : <span class="tag bad">{fault}</span>}
    </>
  );
}

/** Reading is a colour alone: it comes and goes with each change, and who listens to the page would hear of nothing else. */
const STATES: Readonly<Record<Connection["state"], string>> = {
  live: "live",
  reading: "live",
  lost: "no longer live",
};

/** Follows the tree from here on: asks for each day that is opened, and for all that is shown when something changed. */
export function goLive(): void {
  const events = new EventSource("changes");
  let [number, isConnected] = [data().live!, false];
  const asking = oneByOne();
  const said = (fault: string | null) => {
    connection.value = { state: isConnected ? "live" : "lost", fault };
  };
  events.addEventListener("open", () => {
    isConnected = true;
    said(null);
  });
  events.addEventListener("error", () => {
    isConnected = false;
    said(null);
  });
  events.addEventListener("state", ({ data: text }) => {
    number = Number(text);
    if (number !== data().live) asking(askAgain);
  });
  effect(() => {
    if (data().days.length > 0 && day.value && !isRead.value) asking(askDay);
  });
  if (data().diagnosis === "ask") void askDiagnosis();

  async function askAgain(): Promise<void> {
    if (number === data().live) return;
    connection.value = { state: "reading", fault: null };
    const isOpen = data().days.length > 0 && isRead.peek();
    const [overview, answers] = await Promise.all([
      answerOf("overview"),
      isOpen ? answerOf(dayAddress(day.peek().date)) : undefined,
    ]);
    // What was looked at meanwhile is what is looked at.
    const link = data().days.length > 0 ? linkText() : "";
    const isSame = isOpen && answers?.days.every(({ date }) => date === day.peek().date);
    renew(overview, isSame ? answers : undefined, () => follow(link));
    said(null);
  }

  async function askDay(): Promise<void> {
    if (isRead.peek()) return;
    const { date } = day.peek();
    connection.value = { state: "reading", fault: null };
    showDay(date, await answerOf(dayAddress(date)));
    said(null);
  }

  /** One thing is asked at a time; what is asked for meanwhile comes after it. */
  function oneByOne(): (work: () => Promise<void>) => void {
    let before = Promise.resolve();
    return (work) => {
      before = before.then(work).catch((error: unknown) => said(String((error as Error).message)));
    };
  }
}

function dayAddress(date: string | null): string {
  return date === null ? "undated" : `day?date=${date}`;
}

/** Has the tree looked through, which reads all of it: at the start, and when a person wants. */
export async function askDiagnosis(): Promise<void> {
  if (isDiagnosing.peek()) return;
  isDiagnosing.value = true;
  try {
    toldDiagnosis.value = await answerOf<DiagnosisData>("diagnosis");
  } catch (error) {
    const refused = String((error as Error).message);
    toldDiagnosis.value = { at: null, ok: false, findings: [], checks: [], refused };
  } finally {
    isDiagnosing.value = false;
  }
}

async function answerOf<Answer = ReportData>(address: string): Promise<Answer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Answer;
}
