import type * as z from "zod";
import type { BronzeStore } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import type { Storage } from "../../storage/index.js";
import type { Calendar } from "../../time/index.js";
import type { SlateKey, SlateRules } from "./slate.js";
import type { Game } from "./slate-of-game.js";

/** What every part of gold uses: one store's configuration, made once. */
export interface GoldContext<Datasets extends readonly AnyDataset[]> {
  readonly storage: Storage;
  readonly bronze: BronzeStore<Datasets>;
  readonly rules: SlateRules;
  /** Of games' domain dates. */
  readonly zone: Calendar;
  readonly schema: z.core.$ZodObject | undefined;
  /** Columns that are unique together in a slate's rows. */
  readonly rowKey: readonly string[] | undefined;
  readonly clock: () => bigint;
  readonly gitSha: string | undefined;
  /** The slate of a game of a schedule; keys that the game lacks are missing. */
  slateOf(game: Game): SlateKey;
  /** Refuses a slate whose keys contradict its tip-off. */
  assertSlate(slate: SlateKey, tip: bigint): void;
}
