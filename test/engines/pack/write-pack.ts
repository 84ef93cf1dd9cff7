/** Chooses and writes the small conformance pack again, and the schema of its cases: `npx tsx test/engines/pack/write-pack.ts && npm run format`. */
import { writeFileSync } from "node:fs";
import { caseSchemaText } from "./case-schema.js";
import { keepCases } from "./kept-cases.js";
import { choosePack } from "./make-cases.js";

const SEEDS = 1_500;

writeFileSync(new URL("../../../docs/conformance.schema.json", import.meta.url), caseSchemaText());
const pack = await choosePack(SEEDS);
keepCases(pack);
const traits = new Set(pack.flatMap((one) => one.case.traits));
console.log(`${pack.length} cases of ${SEEDS} have ${traits.size} traits`);
