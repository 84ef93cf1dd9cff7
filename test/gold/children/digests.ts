// digests: writes bronze, freezes a slate, makes a training set, and prints the SHA-256 of every file.
import { say } from "../../storage/children/say.js";
import { digestsOfEverything } from "../digests.js";

for (const [path, sha256] of await digestsOfEverything()) say(`${sha256} ${path}`);
