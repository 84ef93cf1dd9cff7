import type { OddsKey, OddsRow } from "./store.js";

/** An American price with its sign: `-110`, `+120`. */
export function american(price: number | undefined): string {
  return price === undefined ? "-" : price > 0 ? `+${price}` : String(price);
}

/** The chance an American price stands for, the book's margin included: 0.6 for -150. */
export function impliedChance(price: number): number {
  return price < 0 ? -price / (100 - price) : 100 / (100 + price);
}

/** What a quote is about: `draftkings h2h home`. */
export function lineName({ book, market, outcome }: Omit<OddsKey, "game_id">): string {
  return `${book} ${market} ${outcome}`;
}

/** What a quote says: `+120`, or `-3.5 at -110`. */
export function offer({ price, point }: OddsRow): string {
  return point === null ? american(price) : `${point} at ${american(price)}`;
}
