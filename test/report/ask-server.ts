import { type IncomingMessage, request } from "node:http";

/** What a server said to one request. */
interface Said {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request, with headers that a browser would not let a script set. */
export async function ask(address: string, options: AskOptions = {}): Promise<Said> {
  const response = await begin(address, options);
  let body = "";
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode!, headers: response.headers, body };
}

function begin(address: string, { method = "GET", headers = {} }: AskOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(address, { method, headers, agent: false }, resolve).on("error", reject).end();
  });
}

/** Opens a link as a browser does: its cookie for each later request. */
export async function openLink(url: string): Promise<Readonly<Record<string, string>>> {
  const { headers } = await ask(url);
  return { cookie: headers["set-cookie"]![0]!.split(";")[0]! };
}

/** A stream of server-sent events. */
interface Events {
  /** The data of the next event; `undefined` once the server has ended the stream. */
  next(): Promise<string | undefined>;
  end(): void;
}

export async function listen(address: string, headers: Readonly<Record<string, string>>): Promise<Events> {
  const response = await begin(address, { headers });
  const events = eventsOf(response);
  return {
    next: async () => (await events.next()).value,
    end: () => response.destroy(),
  };
}

async function* eventsOf(response: IncomingMessage): AsyncGenerator<string, undefined> {
  let text = "";
  try {
    for await (const chunk of response) {
      text += chunk;
      const parts = text.split("\n\n");
      text = parts.pop()!;
      for (const part of parts) {
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (data !== undefined) yield data;
      }
    }
  } catch {
    // A connection that was cut is one that has ended.
  }
  return undefined;
}
