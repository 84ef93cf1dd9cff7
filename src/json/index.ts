export { canonicalJson, type Json } from "./canonical-json.js";
export { encodeSealed, parseSealed, type Sealed, type SealedKind, seal } from "./sealed-json.js";
