// say-ready: lives until it is killed.
import { waitForGo } from "./say.js";

waitForGo();
