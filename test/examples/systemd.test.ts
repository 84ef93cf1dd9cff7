import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { liveOptions } from "../../examples/live/pipeline/open.js";
import { tempFolders } from "../storage/temp-folder.js";

const tempFolder = tempFolders();

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const ROOT = "/var/lib/bronzestore";
const FOLDERS = ["one-orchestrator", "separate-timers"] as const;

/** A unit file: the values of each key in their order, by section. */
type Unit = Record<string, Record<string, string[]>>;

function readUnit(folder: string, name: string): Unit {
  const unit: Unit = {};
  let section: Record<string, string[]> = {};
  for (const line of readFileSync(join(examples, "systemd", folder, name), "utf8").split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const header = /^\[(\w+)\]$/.exec(line)?.[1];
    if (header !== undefined) {
      section = {};
      unit[header] = section;
      continue;
    }
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key === undefined) throw new Error(`${folder}/${name} has a line that is no setting: ${line}`);
    section[key] = [...(section[key] ?? []), value!];
  }
  return unit;
}

function namesIn(folder: string, ext: "service" | "timer"): string[] {
  return readdirSync(join(examples, "systemd", folder))
    .filter((file) => file.endsWith(`.${ext}`))
    .map((file) => file.slice(0, -ext.length - 1))
    .sort();
}

const services = FOLDERS.flatMap((folder) =>
  namesIn(folder, "service").map((name) => {
    const service = readUnit(folder, `${name}.service`).Service!;
    const one = (key: string) => {
      expect(service[key], `${folder}/${name}.service ${key}`).toHaveLength(1);
      return service[key]![0]!;
    };
    return { folder, name, service, one, command: one("ExecStart") };
  }),
);
const timers = FOLDERS.flatMap((folder) =>
  namesIn(folder, "timer").map((name) => ({ folder, name, timer: readUnit(folder, `${name}.timer`).Timer! })),
);

/** The script a service starts and its arguments, variables filled in from the unit; `undefined` for a shell job. */
function scriptOf({ command, service }: (typeof services)[number]) {
  const [, script, args] =
    /^\/usr\/bin\/env node --import tsx examples\/(live\/[\w-]+\.ts)((?: --\S+)*)$/.exec(command) ?? [];
  if (script === undefined) return undefined;
  const variables = new Map(
    (service.Environment ?? []).map((line) => line.split("=", 2) as [string, string]),
  );
  const filled = args!.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => variables.get(name) ?? `no ${name}`);
  return { script, args: filled.trim().split(" ") };
}

const scripts = services.flatMap((each) => {
  const script = scriptOf(each);
  return script ? [{ ...each, ...script }] : [];
});

const UNIT_SECONDS: Record<string, number> = { s: 1, min: 60 };
function seconds(span: string): number {
  const [, count, unit] = /^(\d+)(s|min)$/.exec(span)!;
  return Number(count) * UNIT_SECONDS[unit!]!;
}

describe.each(FOLDERS)("the units of %s", (folder) => {
  const own = <T extends { folder: string }>(all: readonly T[]) =>
    all.filter((each) => each.folder === folder);

  it("are services that a timer of the same name starts, and nothing else does", () => {
    expect(namesIn(folder, "timer")).toEqual(namesIn(folder, "service"));
    for (const { name } of own(services))
      expect(readUnit(folder, `${name}.service`)).not.toHaveProperty("Install");
    for (const { name } of own(timers))
      expect(readUnit(folder, `${name}.timer`).Install).toEqual({ WantedBy: ["timers.target"] });
  });

  it("start scripts that are there, each with options it takes, all on one root", () => {
    expect(own(scripts).length).toBeGreaterThanOrEqual(3);
    for (const { name, script, args } of own(scripts)) {
      expect(script).toBe(`live/${name}.ts`);
      expect(existsSync(join(examples, script)), script).toBe(true);
      const { root, feed } = liveOptions(args);
      expect(root).toBe(ROOT);
      expect(() => new URL(feed)).not.toThrow();
    }
  });

  it("run as one user that stays, who owns the root", () => {
    for (const { service, one } of own(services)) {
      expect(one("User")).toBe("bronzestore");
      expect(one("StateDirectory").split(" ")).toContain(ROOT.slice("/var/lib/".length));
      expect(service).not.toHaveProperty("DynamicUser");
    }
    const user = readFileSync(join(examples, "systemd/bronzestore.sysusers.conf"), "utf8");
    expect(user).toMatch(/^u bronzestore - ".*" \/var\/lib\/bronzestore$/m);
  });

  it("end by SIGTERM, have more than the run's two seconds for it, and are started by nothing but the timer", () => {
    for (const { name, one } of own(services)) {
      expect([one("Type"), one("KillSignal"), one("Restart")], name).toEqual(["oneshot", "SIGTERM", "no"]);
      expect(seconds(one("TimeoutStopSec"))).toBeGreaterThan(2 + 5);
      expect(one("SuccessExitStatus").split(" ")).toContain("SIGTERM");
    }
  });

  it("have ended before their timer's next tick, also when they hang", () => {
    for (const { name, timer } of own(timers)) {
      const { one } = own(services).find((service) => service.name === name)!;
      const isEveryFiveMinutes = timer.OnCalendar!.some((calendar) => calendar.includes("/5:00 "));
      const most = isEveryFiveMinutes ? 5 * 60 : 60 * 60;
      expect(seconds(one("TimeoutStartSec")) + seconds(one("TimeoutStopSec")), name).toBeLessThan(most);
    }
  });

  it("keep New York's time", () => {
    for (const { timer } of own(timers)) {
      for (const calendar of timer.OnCalendar!) expect(calendar).toMatch(/^\*-\*-\* \S+ America\/New_York$/);
    }
  });
});

describe("the services", () => {
  it("differ in what they start, for how long and what they need of the network, and in nothing else", () => {
    const OWN = ["ExecStart", "Environment", "TimeoutStartSec", "PrivateNetwork", "RestrictAddressFamilies"];
    const shared = scripts.map(({ service }) =>
      Object.fromEntries(Object.entries(service).filter(([key]) => !OWN.includes(key))),
    );
    for (const each of shared) expect(each).toEqual(shared[0]);
    expect(shared[0]).toMatchObject({
      NoNewPrivileges: ["yes"],
      ProtectSystem: ["strict"],
      PrivateTmp: ["yes"],
    });
    // A compiler at run time needs memory that can be written and executed.
    expect(shared[0]).not.toHaveProperty("MemoryDenyWriteExecute");
    // V8 asks for memory protection keys as it starts, and would be killed for asking.
    expect(shared[0]).toMatchObject({
      SystemCallFilter: ["@system-service @pkey"],
      SystemCallErrorNumber: ["EPERM"],
    });
  });

  it("are cut off from the network unless they are told where a feed is", () => {
    for (const { name, args, service } of scripts) {
      const fetches = args.some((arg) => arg.startsWith("--feed="));
      expect(service.PrivateNetwork, name).toEqual(fetches ? undefined : ["yes"]);
    }
  });

  it("of both ways freeze alike", () => {
    const [one, other] = FOLDERS.map((folder) => readUnit(folder, "freeze-due.service"));
    expect(one).toEqual(other);
  });

  it("that are shell jobs hold the lock that the runs hold, and skip or wait for it", () => {
    const jobs = services.filter((each) => scriptOf(each) === undefined);
    expect(jobs.map(({ name }) => name)).toEqual(["gold-copy"]);
    for (const { command, one } of jobs) {
      const [, lock] =
        /^\/usr\/bin\/env flock --no-fork --wait 60 --conflict-exit-code 75 (\S+) /.exec(command) ?? [];
      expect(lock).toBe(`${ROOT}/runs/.lock`);
      expect(one("SuccessExitStatus")).toBe("75 SIGTERM");
    }
  });
});

describe("the page on moving", () => {
  const page = readFileSync(join(examples, "systemd/README.md"), "utf8");

  it("names every unit there is, and none that is not", () => {
    const there = new Set([...services, ...timers].map(({ name }) => name));
    const named = [
      ...page.matchAll(/\b((?:live|freeze|backfill|gold)-[a-z]+)\b(?:\.(?:service|timer))/g),
    ].map(([, name]) => name!);
    for (const name of named) expect([...there]).toContain(name);
    for (const name of there) expect(page).toContain(name);
  });

  it("links to what is there", () => {
    const links = [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(existsSync(join(examples, "systemd", link)), link).toBe(true);
  });
});

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
if (!hasSystemd)
  console.warn("systemd-analyze is not installed: systemd itself has not been asked about the example units");

/** What systemd-analyze says, in UTC whatever this machine's zone is. */
function analyze(...args: string[]) {
  const { status, stdout, stderr } = spawnSync("systemd-analyze", args, {
    encoding: "utf8",
    env: { ...process.env, TZ: "UTC", LC_ALL: "C", SYSTEMD_PAGER: "cat", SYSTEMD_COLORS: "0" },
  });
  return { status, said: `${stdout}${stderr}` };
}

/** Only what concerns the units given, not what is wrong with others of this machine; older systemd has no such option. */
const OWN_ERRORS =
  hasSystemd && analyze("--help").said.includes("--recursive-errors") ? ["--recursive-errors=no"] : [];

/** Copies the units, lets a hand change them, and gives what systemd says of them. */
function verify(folder: string, change: (copy: string) => void = () => {}) {
  const copy = tempFolder();
  const files = readdirSync(join(examples, "systemd", folder)).sort();
  for (const file of files) copyFileSync(join(examples, "systemd", folder, file), join(copy, file));
  change(copy);
  const { status, said } = analyze("verify", ...OWN_ERRORS, ...files.map((file) => join(copy, file)));
  const concerns = (line: string) => line.includes(copy) || files.some((file) => line.includes(file));
  return { status, said: said.split("\n").filter(concerns) };
}

/** The first instants at which a calendar expression elapses after a time, as systemd says. */
function ticks(calendar: string, after: string, count = 1): string[] {
  const { status, said } = analyze("calendar", `--base-time=${after}`, `--iterations=${count}`, calendar);
  expect(status, said).toBe(0);
  return [...said.matchAll(/(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ (\S+ \S+) UTC/g)].map(
    ([, at]) => at!,
  );
}

describe.skipIf(!hasSystemd)("systemd", () => {
  it.each(FOLDERS)("has nothing to say about the units of %s as they are", (folder) => {
    expect(verify(folder)).toEqual({ status: 0, said: [] });
  });

  it("would say so if a setting were misspelt or a command were missing", () => {
    const broken = verify("one-orchestrator", (copy) => {
      const file = join(copy, "live-score.service");
      const text = readFileSync(file, "utf8");
      writeFileSync(file, text.replace("KillMode=", "KilMode=").replace("/usr/bin/env", "/usr/bin/no-such"));
    });
    expect(broken.said).toHaveLength(2);
  });

  it("understands every calendar expression", () => {
    const all = timers.flatMap(({ timer }) => timer.OnCalendar!);
    for (const calendar of all) expect(ticks(calendar, "2026-01-15 12:00:00 UTC", 2)).toHaveLength(2);
  });

  it("starts live-score as often as live-score expects", () => {
    const [calendar] = readUnit("one-orchestrator", "live-score.timer").Timer!.OnCalendar!;
    const { args } = scripts.find(({ name }) => name === "live-score")!;
    const [first, second] = ticks(calendar!, "2026-01-15 12:00:00 UTC", 2).map((at) => Date.parse(`${at}Z`));
    expect(`PT${(second! - first!) / 60_000}M`).toBe(liveOptions(args).every);
  });

  it("begins an evening at ten in New York, on both sides of a change of its clocks", () => {
    const [calendar] = readUnit("one-orchestrator", "live-score.timer").Timer!.OnCalendar!;
    const begins = ["2026-03-07", "2026-03-08", "2026-10-31", "2026-11-01"].map(
      (day) => ticks(calendar!, `${day} 08:00:00 UTC`)[0],
    );
    expect(begins).toEqual([
      "2026-03-07 15:00:00",
      "2026-03-08 14:00:00",
      "2026-10-31 14:00:00",
      "2026-11-01 15:00:00",
    ]);
  });

  it("starts what runs at night twice in every night, also when the clocks change, and before the date does", () => {
    for (const name of ["freeze-due", "backfill-injuries"]) {
      const [calendar] = readUnit("one-orchestrator", `${name}.timer`).Timer!.OnCalendar!;
      for (const night of ["2026-03-08", "2026-11-01"]) {
        const at = ticks(calendar!, `${night} 03:59:59 UTC`, 3).map((text) => Date.parse(`${text}Z`));
        // Six in the morning in New York.
        const six = Date.parse(night === "2026-03-08" ? `${night}T10:00:00Z` : `${night}T11:00:00Z`);
        expect(at.map((ms) => ms < six)).toEqual([true, true, false]);
      }
    }
  });
});
