import type { Storage } from "bronzestore";

/** The same storage, which gives of each version no more at first than some bytes: small files are read by ranges too. */
export function smallTails(storage: Storage, mostBytes: number): Storage {
  const { openVersion, telling } = storage;
  return {
    ...storage,
    openVersion: (path, tailBytes) =>
      openVersion!.call(storage, path, tailBytes === undefined ? undefined : Math.min(tailBytes, mostBytes)),
    ...(telling && {
      telling: (tell) => smallTails({ ...storage, ...telling(tell) }, mostBytes),
    }),
  };
}
