import { readFileSync } from "node:fs";

/** What the parent asked, from the file it named. */
export function request() {
  return JSON.parse(readFileSync(process.argv[2], "utf8"));
}

/** Prints what the parent compares. */
export function report({ rows, checksum }, ms) {
  console.log(JSON.stringify({ ms, rows, checksum, peakMb: peakMb() }));
}

/** Most memory this process had. Linux hands `maxRSS` on from the parent, so what the kernel says of us alone goes first. */
function peakMb() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
