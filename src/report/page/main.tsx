import { effect } from "@preact/signals";
import { render } from "preact";
import { AsOfBar } from "./as-of-bar.js";
import { Changes } from "./changes.js";
import { Freshness, LeakChecks } from "./checks.js";
import { Coverage, NotKnown } from "./coverage.js";
import type { ReportData } from "./data.js";
import { Diagnosis } from "./diagnosis.js";
import { Head } from "./head.js";
import { Help, onKey } from "./keys.js";
import { Lanes } from "./lanes.js";
import { follow, linkText } from "./links.js";
import { goLive } from "./live.js";
import { Runs } from "./runs.js";
import { Slates } from "./slates.js";
import { cutoff, data, day, open, percentOf } from "./state.js";
import { TwoClocks } from "./two-clocks.js";
import { count } from "./words.js";
import { dayName } from "./zone.js";

function Page() {
  if (data().days.length === 0) return <Empty />;
  const { date } = day.value;
  return (
    <>
      <Head />
      <main>
        <Coverage />
        <h2 class="dayhead">
          {date === null ? "All of it" : dayName(date)}{" "}
          <small>{date ?? "datasets whose paths say no dates"}</small>
        </h2>
        <AsOfBar />
        <Lanes />
        <Changes />
        <TwoClocks />
        <div class="two">
          <Slates />
          <LeakChecks />
          <Freshness />
          <Runs />
        </div>
        <Diagnosis />
        <Help />
      </main>
      <Foot />
    </>
  );
}

function Empty() {
  return (
    <>
      <Head />
      <main>
        <NotKnown />
        <p class="panel">There is no day in this store and range.</p>
        <Diagnosis />
      </main>
      <Foot />
    </>
  );
}

function Foot() {
  const { library, datasets, live } = data();
  return (
    <footer>
      {live === null ? "One file, no network." : "No network but this computer's own server."} Every state of{" "}
      {count(datasets.length)} datasets shown here was answered by bronzestore {library}, and is looked up,
      not worked out again.
    </footer>
  );
}

async function unpacked(): Promise<ReportData> {
  const holder = document.getElementById("data")!;
  const packed = Uint8Array.from(atob(holder.textContent.trim()), (sign) => sign.charCodeAt(0));
  holder.remove();
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as ReportData;
}

/** The address follows what is looked at, a moment later: browsers refuse to change it with every frame. */
function keepAddress(): void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    if (data().days.length === 0) return;
    const link = linkText();
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (location.hash !== link) history.replaceState(null, "", link);
    }, 250);
  });
  addEventListener("hashchange", () => follow(location.hash));
}

async function start(): Promise<void> {
  open(await unpacked());
  const root = document.documentElement;
  // The one thing that moves with every frame of a drag.
  effect(() => {
    if (data().days.length > 0) root.style.setProperty("--cut", `${percentOf(cutoff.value)}%`);
  });
  if (location.hash && data().days.length > 0) follow(location.hash);
  keepAddress();
  document.addEventListener("keydown", onKey);
  const app = document.getElementById("app")!;
  app.textContent = "";
  render(<Page />, app);
  if (data().live !== null) goLive();
}

start();
