import { describe, expect, it } from "vitest";
import * as z from "zod";
import { lazySchema } from "../../src/zod/index.js";

let made = 0;
const make = () => {
  made++;
  const name = z.string().describe("of the player");
  return z.object({ name, points: z.int().nonnegative() });
};
const lazy = () => lazySchema(make);

describe("lazySchema", () => {
  it("is not made until it is looked at, and once", () => {
    made = 0;
    const schema = lazy();
    expect(made).toBe(0);
    schema.parse({ name: "ada", points: 3 });
    schema.parse({ name: "bo", points: 0 });
    expect(made).toBe(1);
  });

  it("reads, refuses and words it as the schema it stands for", () => {
    for (const value of [
      { name: "ada", points: 3, more: 1 },
      { name: "ada", points: -1 },
      { name: 5 },
      null,
    ]) {
      expect(lazy().safeParse(value)).toEqual(make().safeParse(value));
      expect(lazy().strict().safeParse(value)).toEqual(make().strict().safeParse(value));
      expect(z.safeParse(lazy(), value)).toEqual(z.safeParse(make(), value));
    }
  });

  it("has the same JSON Schema, alone and as a part of another", () => {
    expect(z.toJSONSchema(lazy())).toEqual(z.toJSONSchema(make()));
    const around = (part: ReturnType<typeof make>) =>
      z.toJSONSchema(z.object({ one: part, all: z.array(part.nullable()) }));
    expect(around(lazy())).toEqual(around(make()));
  });

  it("can be extended, taken apart and told for what it is", () => {
    expect(lazy()).toBeInstanceOf(z.ZodObject);
    expect(Object.keys(lazy())).toEqual(Object.keys(make()));
    expect("shape" in lazy()).toBe(true);
    expect(z.toJSONSchema(lazy().meta({ title: "box score" })).title).toBe("box score");
    expect(lazy().extend({ team: z.string() }).shape.name.description).toBe("of the player");
    expect(lazy().pick({ name: true }).parse({ name: "ada" })).toEqual({ name: "ada" });
  });
});
