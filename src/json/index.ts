export {
  canonicalJson,
  isPlain,
  type Json,
  jsonText,
  toJson,
  toJsonObject,
  wellFormed,
} from "./canonical-json.js";
export { isNearly } from "./nearly.js";
export {
  checkSealed,
  encodeReadBack,
  encodeSealed,
  encodeSealedAsIs,
  parseJson,
  parseSealed,
  type SealedKind,
  seal,
} from "./sealed-json.js";
