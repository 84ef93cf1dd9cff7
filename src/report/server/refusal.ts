import type { IncomingMessage } from "node:http";

/** Why a request is not answered. */
interface Refusal {
  readonly status: 403 | 405 | 421;
  readonly text: string;
}

/**
 * Why a request is not for this server, whoever sent it: a name that was bent to this address (DNS rebinding), a page of another
 * site, or a method that would change something. `undefined` where nothing is wrong.
 */
export function refusalOf({ method, headers }: IncomingMessage, port: number): Refusal | undefined {
  const { host, origin } = headers;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (host === undefined || !hosts.includes(host))
    return { status: 421, text: `This server is http://${hosts[0]} and nothing else.` };
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, text: "Pages of other sites are not answered." };
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none")
    return { status: 403, text: "Pages of other sites are not answered." };
  if (method !== "GET" && method !== "HEAD") return { status: 405, text: "Nothing can be changed here." };
  return undefined;
}
