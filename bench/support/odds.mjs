import * as z from "zod";
import { feeds } from "./feeds.mjs";

/** The feeds as a program declares them that has zod of its own. */
export const { odds, reports } = feeds(z);
