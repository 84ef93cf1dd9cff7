/** Writes the JSON Schemas in `docs/` again: `npx tsx test/gold/write-manifest-schemas.ts && npm run format`. */
import { writeFileSync } from "node:fs";
import { manifestSchemas } from "./manifest-schemas.js";

for (const [file, schema] of manifestSchemas)
  writeFileSync(new URL(`../../docs/${file}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
