import type * as z from "zod";

/**
 * A schema that is made on first use. For zod and for a caller it is the schema; a process that only reads bronze never
 * makes it, nor loads zod for it. Only a registry's entries for the whole schema are not found through it, so `make`
 * describes fields and not the whole.
 */
export function lazySchema<Schema extends z.ZodObject>(make: () => Schema): Schema {
  let made: Schema | undefined;
  const schema = () => {
    made ??= make();
    return made;
  };
  return new Proxy({} as Schema, {
    get: (_, key) => Reflect.get(schema(), key),
    set: (_, key, value) => Reflect.set(schema(), key, value),
    has: (_, key) => Reflect.has(schema(), key),
    ownKeys: () => Reflect.ownKeys(schema()),
    getPrototypeOf: () => Reflect.getPrototypeOf(schema()),
    defineProperty: (_, key, descriptor) => Reflect.defineProperty(schema(), key, descriptor),
    deleteProperty: (_, key) => Reflect.deleteProperty(schema(), key),
    getOwnPropertyDescriptor(_, key) {
      const found = Reflect.getOwnPropertyDescriptor(schema(), key);
      // A proxy may only report a property as fixed if its target has it, and the target is empty.
      return found && { ...found, configurable: true };
    },
  });
}
