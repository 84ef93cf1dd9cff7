export { canonicalJson, type Json } from "./canonical-json.js";
export {
  encodeSealed,
  encodeSealedAsIs,
  parseSealed,
  type Sealed,
  type SealedKind,
  seal,
} from "./sealed-json.js";
