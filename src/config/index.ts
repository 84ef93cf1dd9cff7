export { type Config, type ConfigGold, defineConfig } from "./config.js";
