import { expect, it } from "vitest";
import { gate } from "../../src/storage/concurrent.js";

it("at most the limit run at once, all of them run, and a failure gives its place back", async () => {
  const through = gate(3);
  let running = 0;
  let most = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      through(async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
        if (n % 5 === 0) throw new Error("no");
        return n;
      }),
    ),
  );
  expect(most).toBe(3);
  expect(running).toBe(0);
  expect(results.filter((result) => result.status === "rejected")).toHaveLength(4);
  expect(await through(async () => "free")).toBe("free");
});
