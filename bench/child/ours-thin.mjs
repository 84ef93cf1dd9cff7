// The same in a script that has the library and nothing else, as a timer starts it.
import * as z from "bronzestore/zod";
import { feeds } from "../support/feeds.mjs";
import { ask } from "./ask.mjs";

await ask(feeds(z));
