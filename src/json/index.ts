export { canonicalJson, type Json } from "./canonical-json.js";
export {
  checkSealed,
  encodeReadBack,
  encodeSealed,
  parseSealed,
  type Sealed,
  type SealedKind,
  seal,
} from "./sealed-json.js";
