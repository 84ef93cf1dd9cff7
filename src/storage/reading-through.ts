import type { OpenedVersion, Reading } from "./storage.js";

/** Makes a call to a storage, perhaps later, or not. */
type MakeCall = <T>(call: () => Promise<T>) => Promise<T>;

/**
 * The same reading, each of whose calls is made by a function; it can do what the reading below can. A day makes hundreds of
 * them, so what is rarely used is made when it is asked for.
 */
export abstract class ReadingThrough implements Reading {
  abstract readonly below: Reading;
  protected abstract make<T>(call: () => Promise<T>): Promise<T>;

  list(path: string): ReturnType<Reading["list"]> {
    return this.make(() => this.below.list(path));
  }

  read(path: string): ReturnType<Reading["read"]> {
    return this.make(() => this.below.read(path));
  }

  stat(path: string): ReturnType<Reading["stat"]> {
    return this.make(() => this.below.stat(path));
  }

  get listTree(): NonNullable<Reading["listTree"]> {
    const { below } = this;
    if (!below.listTree) return undefined as never;
    return (path, most) => this.make(() => below.listTree!(path, most));
  }

  get openVersion(): NonNullable<Reading["openVersion"]> {
    const { below } = this;
    if (!below.openVersion) return undefined as never;
    return async (path, tailBytes) =>
      versionThrough(await this.make(() => below.openVersion!(path, tailBytes)), (call) => this.make(call));
  }
}

function versionThrough(opened: OpenedVersion, make: MakeCall): OpenedVersion {
  return { ...opened, read: (start, end) => make(() => opened.read(start, end)) };
}
