import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Options } from "tsup";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import parts from "../../tsup.config.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A feed, declared with a `z`, `defineDataset` and `instant` that are in scope; the line it prints says what came out. */
const FEED = `
  const feed = defineDataset({
    name: "feed",
    schema: z.object({ id: z.string(), price: z.int32(), as_of_ts: instant(), seen_ts: instant().nullable() }),
    key: ["id"],
    date: { from: "as_of_ts" },
    layout: { latest: "{date}.parquet" },
    timeZone: "UTC",
  });
  const row = { id: "a", price: 1, as_of_ts: "2026-01-15T12:00:00Z", seen_ts: null };
  console.log(feed.columns.get("seen_ts").type.kind, feed.schema.parse(row).as_of_ts);
  console.log(feed.schema.safeParse({ ...row, as_of_ts: "2026-01-15" }).error.issues[0].message);
`;
const PRINTS = [
  "timestamp 1768478400000000000n",
  expect.stringContaining('Instant "2026-01-15" has no time zone'),
];

// The package as it is built, run by plain Node: here alone are there two zods to tell apart.
describe("the built package", () => {
  /** Inside the repository, so that the package zod is found; hidden, so that no tool takes it for source. */
  let built: string;
  /** Where no package is found. */
  let bare: string;
  beforeAll(async () => {
    built = mkdtempSync(join(root, ".readme-zod-"));
    bare = mkdtempSync(join(tmpdir(), "bronzestore-zod-"));
    for (const part of parts as Options[]) {
      const here = { config: false, clean: false, dts: false, silent: true, outDir: built };
      await build({ ...part, ...here, onSuccess: undefined });
    }
    writeFileSync(join(bare, "package.json"), '{ "type": "module" }');
    for (const file of ["library.js", "zod.js"]) copyFileSync(join(built, file), join(bare, file));
  });
  afterAll(() => {
    for (const folder of [built, bare]) rmSync(folder, { recursive: true, force: true });
  });

  function run(folder: string, script: string): string[] {
    const file = join(folder, `${scripts++}.mjs`);
    writeFileSync(file, script);
    return execFileSync(process.execPath, [file], { encoding: "utf8", cwd: folder }).trim().split("\n");
  }
  let scripts = 0;

  it("needs no package zod where a script takes bronzestore/zod, in either order of imports", () => {
    const ours = 'import { defineDataset, instant } from "./library.js";';
    const thin = 'import * as z from "./zod.js";';
    expect(run(bare, ours + thin + FEED)).toEqual(PRINTS);
    expect(run(bare, thin + ours + FEED)).toEqual(PRINTS);
  });

  it("loads no zod until a schema is made", () => {
    expect(run(bare, 'import { BronzeStore } from "./library.js"; console.log(typeof BronzeStore);')).toEqual(
      ["function"],
    );
    expect(() => run(bare, 'import { instant } from "./library.js"; instant();')).toThrow(
      "Cannot find module 'zod'",
    );
  });

  it("makes its schemas with the very zod that a script imports", () => {
    const script = `import * as z from "zod"; import { decimal, defineDataset, instant } from "./library.js";
      console.log(decimal(5, 2).constructor === z.string().constructor, instant() instanceof z.ZodPipe);`;
    expect(run(built, script + FEED)).toEqual(["true true", ...PRINTS]);
  });

  it("takes schemas of both zods in one, and either makes JSON Schema of it", () => {
    expect(
      run(
        built,
        `import * as own from "zod"; import * as z from "./zod.js";
        import { defineDataset, domainDate, instant } from "./library.js";
        const mixed = (a, b) => a.object({ id: b.string().describe("who"), n: a.array(b.int()), d: domainDate(), t: instant().nullable() });
        for (const schema of [mixed(own, z), mixed(z, own)]) {
          const { columns } = defineDataset({ name: "feed", schema, key: ["id"], date: { from: "t" }, layout: { latest: "{date}.parquet" }, timeZone: "UTC", timestamps: { asOf: null } });
          const kinds = [...columns.values()].map(({ type, nullable }) => type.kind + (nullable ? "?" : ""));
          const { n, t } = schema.parse({ id: "a", n: [1], d: "2026-01-15", t: "1970-01-01T00:00:01Z" });
          const id = (by) => by.toJSONSchema(schema, { io: "input", unrepresentable: "any" }).properties.id.description;
          console.log(kinds.join(), n, t, id(own), id(z), schema instanceof own.ZodObject && schema instanceof z.ZodObject);
        }`,
      ),
    ).toEqual(Array(2).fill("text,list,date,timestamp? [ 1 ] 1000000000n who who true"));
  });

  it("makes a schema while another import is still loading zod", () => {
    writeFileSync(
      join(built, "early.mjs"),
      'import { instant } from "./library.js"; export const at = instant();',
    );
    expect(
      run(
        built,
        `const [z, { at }] = await Promise.all([import("zod"), import("./early.mjs")]);
        console.log(z.object({ at: at.nullable() }).parse({ at: "1970-01-01T00:00:01Z" }).at);`,
      ),
    ).toEqual(["1000000000n"]);
  });

  it("has under bronzestore/zod every name that zod has, in every language", async () => {
    const thin = await import(/* @vite-ignore */ join(built, "zod.js"));
    expect(Object.keys(thin).sort()).toEqual(Object.keys(z).sort());
    expect(Object.keys(thin.locales).sort()).toEqual(Object.keys(z.locales).sort());
    const names = Object.keys(z.locales) as (keyof typeof z.locales)[];
    const words = (zod: typeof z, name: keyof typeof z.locales) =>
      zod.string().safeParse(5, { error: zod.locales[name]().localeError }).error?.issues[0]?.message;
    for (const name of names) expect([name, words(thin, name)]).toEqual([name, words(z, name)]);
    expect(new Set(names.map((name) => words(thin, name))).size).toBeGreaterThan(20);
  });
});
