// What `import "bronzestore"` loads: the library, and a note of how it was taken for `src/table/arrow.ts`.
globalThis[Symbol.for("bronzestore.imported")] = true;

export * from "./library.js";
