// What `require("bronzestore")` loads: the library, and the caller's own apache-arrow for `src/table/arrow.ts`.
globalThis[Symbol.for("bronzestore.required")] = () => require("apache-arrow");

module.exports = require("./library.js");
