import type { BronzeOnEngine } from "bronzestore";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import type { Tree } from "./open.js";

/**
 * The store on the engine of the config that `--engine` names.
 *
 * @throws BronzeError `INVALID_ARGUMENT` where the config has none of that name
 */
export async function onEngine(
  { bronze, config }: Tree,
  name: string,
): Promise<BronzeOnEngine<readonly AnyDataset[]>> {
  const engines = config?.engines ?? {};
  const names = Object.keys(engines);
  if (!names.includes(name))
    throw new BronzeError(
      "INVALID_ARGUMENT",
      names.length === 0
        ? "The config says nothing of engines: add engines: { duckdb: ... } to it."
        : `The config has no engine ${shown(name)}; there are ${names.join(", ")}.`,
    );
  const engine = engines[name]!;
  return bronze.on(typeof engine === "function" ? await engine() : engine);
}
