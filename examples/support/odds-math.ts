/** The chance an American price stands for, the book's margin included: 0.6 for -150. */
export function impliedChance(price: number): number {
  return price < 0 ? -price / (100 - price) : 100 / (100 + price);
}
