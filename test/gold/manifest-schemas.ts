import { attestationSchema, manifestSchema, manifestV1Schema, trainingManifestSchema } from "bronzestore";
import * as z from "zod";

/** The JSON Schemas of the documents gold writes and reads, by their file in `docs/`. */
export const manifestSchemas = new Map<string, object>([
  ["manifest.schema.json", z.toJSONSchema(manifestSchema)],
  ["manifest-v1.schema.json", z.toJSONSchema(manifestV1Schema)],
  ["attestation.schema.json", z.toJSONSchema(attestationSchema)],
  ["training-manifest.schema.json", z.toJSONSchema(trainingManifestSchema)],
]);
