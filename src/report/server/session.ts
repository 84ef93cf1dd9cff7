import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * Who may look: the browser that opened the link. The link's token is taken once, and what is given for it is a cookie that neither a
 * script nor another site can use.
 */
export class Session {
  /** What the link has; `undefined` once it was taken. */
  #token: string | undefined = secret();
  readonly #value = secret();
  readonly #name: string;

  /** @param port browsers keep cookies by host alone: each server has a name of its own */
  constructor(port: number) {
    this.#name = `bronzestore-${port}`;
  }

  /** The token of the link, while nobody has taken it. */
  get token(): string | undefined {
    return this.#token;
  }

  /** The cookie for a token: the text of `Set-Cookie`; `undefined` for a token that is none, or was taken. */
  take(token: string): string | undefined {
    if (this.#token === undefined || !isEqual(token, this.#token)) return undefined;
    this.#token = undefined;
    return `${this.#name}=${this.#value}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** Whether a request's `Cookie` has the session's. */
  isIn(cookies: string | undefined): boolean {
    const own = (cookies ?? "").split(/; */).find((cookie) => cookie.startsWith(`${this.#name}=`));
    return own !== undefined && isEqual(own.slice(this.#name.length + 1), this.#value);
  }
}

function secret(): string {
  return randomBytes(32).toString("base64url");
}

/** In a time that does not tell how much of it is right. */
function isEqual(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(one!, other!);
}
