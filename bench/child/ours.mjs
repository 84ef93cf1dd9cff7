// One question through the built package, in a process of its own: node ours.mjs <request.json>
import * as z from "zod";
import { feeds } from "../support/feeds.mjs";
import { ask } from "./ask.mjs";

await ask(feeds(z));
