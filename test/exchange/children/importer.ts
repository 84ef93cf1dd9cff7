import { BronzeStore, importFiles, localDisk } from "bronzestore";
import { ticks } from "./ticks.js";

/*
 * Imports a CSV file: importer <root> <file> <rows per write>. Says each event on a line, and at last the most memory it
 * had, in bytes.
 */
const [root, file, rowsPerWrite] = process.argv.slice(2);

async function main(): Promise<void> {
  const bronze = new BronzeStore({ storage: localDisk(root!), datasets: [ticks] });
  const done = await importFiles(bronze, "ticks", file!, {
    columns: { venue: "VENUE" },
    ingestedAt: "2026-02-01T00:00:00Z",
    rowsPerWrite: Number(rowsPerWrite),
    onEvent: ({ event }) => console.log(event),
  });
  console.log(`done ${done.rows} ${process.resourceUsage().maxRSS * 1024}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
