import { batch } from "@preact/signals";
import { isoOf, nsOf } from "./lookup.js";
import {
  chooseDay,
  chooseGroup,
  cutoff,
  data,
  day,
  feeds,
  group,
  isKnownOnly,
  moveTo,
  onceRead,
  picked,
  since,
} from "./state.js";

/*
 * What is looked at, as the part of the address behind `#`: a link to it shows the same again.
 */

/** The address of what is looked at. */
export function linkText(): string {
  const link = new URLSearchParams();
  if (day.value.date !== null) link.set("day", day.value.date);
  link.set("at", isoOf(cutoff.value));
  if (group.value !== null) link.set("group", group.value);
  if (isKnownOnly.value) link.set("known", "1");
  if (since.value !== null) link.set("since", isoOf(since.value));
  const feed = feeds.value.find(({ place }) => place === picked.value?.dataset);
  const key = feed?.history?.keys[picked.value!.key];
  if (feed && key) link.set("key", JSON.stringify([feed.dataset.name, ...key.cells]));
  return `#${link}`;
}

/** Looks at what an address names; what is not there any more stays as it is by itself. */
export function follow(address: string): void {
  const link = new URLSearchParams(address.replace(/^#/, ""));
  batch(() => {
    const date = link.get("day");
    const place = data().days.findIndex((one) => one.date === date);
    if (place >= 0) chooseDay(place);
    onceRead(() => look(link, place >= 0));
  });
}

function look(link: URLSearchParams, isOfDay: boolean): void {
  batch(() => {
    if (link.has("group")) chooseGroup(link.get("group"));
    else if (isOfDay) chooseGroup(null);
    isKnownOnly.value = link.get("known") === "1";
    const at = nsOf(link.get("at") ?? "");
    if (at !== undefined) moveTo(at);
    since.value = nsOf(link.get("since") ?? "") ?? null;
    const key = keyOf(link.get("key"));
    if (key) picked.value = key;
  });
}

function keyOf(text: string | null): { dataset: number; key: number } | undefined {
  let wanted: unknown;
  try {
    wanted = JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
  if (!Array.isArray(wanted)) return undefined;
  const [name, ...cells] = wanted;
  const feed = feeds.value.find(({ dataset }) => dataset.name === name);
  const key = feed?.history?.keys.findIndex((one) => one.cells.join("\0") === cells.join("\0")) ?? -1;
  return feed && key >= 0 ? { dataset: feed.place, key } : undefined;
}
