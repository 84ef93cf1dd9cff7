export { zod } from "./in-use.js";
export { lazySchema } from "./lazy-schema.js";
