import { createServer, type Socket, connect as toServer } from "node:net";

/** A door to a server on loopback, which passes everything on until it is held. */
export interface HeldDoor {
  readonly endpoint: string;
  /** Passes nothing more on. Ends when something has come that would have been. */
  hold(): Promise<void>;
  close(): Promise<void>;
}

/** Opens one. @param endpoint of the server: `http://127.0.0.1:<port>` */
export async function openDoor(endpoint: string): Promise<HeldDoor> {
  const open = new Set<Socket>();
  let came: (() => void) | undefined;
  const door = createServer((from) => {
    const to = toServer(Number(new URL(endpoint).port), "127.0.0.1");
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
    }
    from.on("data", (bytes) => {
      if (came) came();
      else to.write(bytes);
    });
    to.on("data", (bytes) => from.write(bytes));
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(door.address() as { port: number }).port}`,
    hold: () =>
      new Promise((resolve) => {
        came = resolve;
      }),
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => door.close(resolve));
    },
  };
}
