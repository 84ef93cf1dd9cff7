// Writes runs without end, one line on stdout for each that was acknowledged: writer.ts <root> <name>
import { BronzeStore, localDisk } from "bronzestore";
import { odds, quote, run, withView } from "../feeds.js";

const [root, name] = process.argv.slice(2);
const bronze = new BronzeStore({ storage: localDisk(root!), datasets: [withView(odds)] });
for (let i = 0; ; i++) {
  const id = `${name}-${i}`;
  await bronze.write("odds_raw", [quote("g1", id, i, "2026-01-15T17:00:00Z")], run(id));
  process.stdout.write(`${id}\n`);
}
