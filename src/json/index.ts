export { canonicalJson, type Json } from "./canonical-json.js";
export {
  checkSealed,
  encodeSealed,
  parseSealed,
  type Sealed,
  type SealedKind,
  seal,
  sealedBytes,
} from "./sealed-json.js";
