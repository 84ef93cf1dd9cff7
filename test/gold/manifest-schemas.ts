import { manifestSchema, trainingManifestSchema } from "bronzestore";
import * as z from "zod";

/** The JSON Schemas of the documents gold writes, by their file in `docs/`. */
export const manifestSchemas = new Map<string, object>([
  ["manifest.schema.json", z.toJSONSchema(manifestSchema)],
  ["training-manifest.schema.json", z.toJSONSchema(trainingManifestSchema)],
]);
