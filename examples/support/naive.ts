/** Three ways to read the same tree wrong, each beside the right answer. */
import { calendar } from "bronzestore";
import type { GameDayStore } from "./game-day-store.js";
import { impliedChance } from "./odds-math.js";

type OddsDay = Awaited<ReturnType<GameDayStore["readBronzeDay"]>>;
