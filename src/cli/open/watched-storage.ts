import type { Storage } from "../../storage/index.js";

/** Told of what is read of a storage. */
type TellRead = (files: number, bytes: number) => void;

/** A storage that tells of each file that is read of it; all else goes through as it is. */
export function watchedStorage(storage: Storage, tell: TellRead): Storage {
  const handler: ProxyHandler<Storage> = {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== "function") return member;
      if (name === "read")
        return async (path: string) => {
          const bytes = await target.read(path);
          tell(1, bytes.byteLength);
          return bytes;
        };
      if (name === "openVersion")
        return async (...args: Parameters<NonNullable<Storage["openVersion"]>>) => {
          const opened = await target.openVersion!(...args);
          tell(1, opened.tail.byteLength);
          return opened;
        };
      if (name === "telling")
        return (own: (kind: "listing" | "other", bytes: number) => void) =>
          target.telling!((kind, bytes) => {
            if (kind === "other") tell(1, bytes);
            own(kind, bytes);
          });
      return member.bind(target);
    },
  };
  return new Proxy(storage, handler);
}
