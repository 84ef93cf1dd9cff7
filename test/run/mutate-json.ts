import { type Random, randomFrom } from "../table/mutate.js";

export { randomFrom };

/**
 * Damage to a JSON file, as disks, copies and careless hands do it: bits, bytes, lost and misplaced pieces, and changes
 * that leave it JSON. One time in three it strikes twice.
 */
export function mutatedJson(original: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const bytes = once(Uint8Array.from(original), random);
  return random(3) === 0 ? once(bytes, random) : bytes;
}

type Damage = (bytes: Uint8Array<ArrayBuffer>, random: Random) => Uint8Array<ArrayBuffer>;

function once(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  return bytes.length === 0 ? bytes : DAMAGES[random(DAMAGES.length)]!(bytes, random);
}

const PRINTABLE = new TextEncoder().encode('0123456789abcdefTZ-:.,"{}[] \\_');

const DAMAGES: readonly Damage[] = [
  (bytes, random) => {
    bytes[random(bytes.length)]! ^= 1 << random(8);
    return bytes;
  },
  (bytes, random) => {
    for (let i = random(4); i >= 0; i--) bytes[random(bytes.length)] = PRINTABLE[random(PRINTABLE.length)]!;
    return bytes;
  },
  (bytes, random) => {
    // One digit for another, which no parser minds.
    const digits = [...bytes.keys()].filter((at) => bytes[at]! >= 48 && bytes[at]! <= 57);
    if (digits.length > 0) bytes[digits[random(digits.length)]!] = 48 + random(10);
    return bytes;
  },
  (bytes, random) => {
    const at = random(bytes.length);
    return bytes.fill([0, 0x20, 0x30, 0xff][random(4)]!, at, at + 1 + random(24));
  },
  (bytes, random) => {
    const from = random(bytes.length);
    return bytes.copyWithin(random(bytes.length), from, from + 1 + random(64));
  },
  (bytes, random) => spliced(bytes, random(bytes.length), 1 + random(80), new Uint8Array()),
  (bytes, random) => spliced(bytes, random(bytes.length), 0, bytes.slice(0, random(40))),
  (bytes, random) => {
    // A piece of the file a second time.
    const from = random(bytes.length);
    return spliced(bytes, random(bytes.length), 0, bytes.slice(from, from + random(80)));
  },
  (bytes, random) => {
    // Cut at the commas: whole members go, and it stays JSON.
    const text = new TextDecoder().decode(bytes);
    const commas = [...text.matchAll(/,/g)].map(({ index }) => index);
    if (commas.length < 2) return bytes;
    const first = random(commas.length - 1);
    const last = first + 1 + random(Math.min(3, commas.length - 1 - first));
    return new TextEncoder().encode(text.slice(0, commas[first]) + text.slice(commas[last]));
  },
  (bytes, random) => {
    // One text for another of the same file: names and values change places.
    const text = new TextDecoder().decode(bytes);
    const texts = [...text.matchAll(/"[^"\\]*"/g)];
    if (texts.length < 2) return bytes;
    const [one, other] = [texts[random(texts.length)]!, texts[random(texts.length)]!];
    return new TextEncoder().encode(
      text.slice(0, one.index) + other[0] + text.slice(one.index + one[0].length),
    );
  },
];

function spliced(bytes: Uint8Array, at: number, lost: number, put: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...bytes.subarray(0, at), ...put, ...bytes.subarray(at + lost)]);
}
