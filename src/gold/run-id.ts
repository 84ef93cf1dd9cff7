import { BronzeError } from "../errors.js";

/** The id of the run a manifest is to name. @throws BronzeError `INVALID_ARGUMENT` */
export function runIdOf(run: { readonly id: string } | undefined): string | null {
  if (run === undefined) return null;
  const id: unknown = (run as { id?: unknown } | null)?.id;
  if (typeof id === "string" && id !== "" && !/\p{Surrogate}/u.test(id)) return id;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    "run.id must be a text that is not empty: the id of the run, for the manifest.",
    { run },
  );
}
