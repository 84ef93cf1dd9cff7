export { fieldsOf, safeParse, strictly } from "./any-schema.js";
export { zod } from "./in-use.js";
export { lazySchema } from "./lazy-schema.js";
