import type { ManifestV2 } from "bronzestore";
import { encodeSealed, seal } from "../../src/json/index.js";

/** The bytes that 0.1 would have written for a manifest. */
export function asVersion1({ version: _, digest: __, ...manifest }: ManifestV2): Uint8Array {
  const { event_ts, boundary, delay, notes, external, row_key, ...rest } = manifest;
  const inputs = rest.inputs.map(({ files, empty_because, ...input }) => {
    const { definition, columns, ignored, unknown, as_of_usable_by_cutoff, ...shared } = input;
    const { rows_captured_later, rows_capture_unknown, keys_by_later_evidence, ...counts } = shared;
    return {
      ...counts,
      files: files.map(({ content, decides, kept, ...file }) => file),
      empty_because: empty_because?.startsWith("nothing in the") ? "no files" : empty_because,
    };
  });
  const { content, ...output } = rest.output;
  return encodeSealed(seal({ ...rest, version: 1, tip_ts: event_ts, inputs, output }));
}
