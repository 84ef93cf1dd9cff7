import { BronzeError } from "../../errors.js";
import { DECRYPT_FIRST } from "./file-error.js";
import { type ByteRange, type Footer, readFooter } from "./footer.js";
import { hasIntactChecksum, signOfOurs } from "./own-file.js";

/**
 * Finds a file's footer, verifies its checksum, and reads it.
 *
 * @param like the footer of a file of the same feed, see `readFooter`
 * @returns the footer, and whether the file has a checksum
 * @throws Error when the bytes are damaged or not a Parquet file
 * @throws BronzeError `UNSUPPORTED_TYPE` when the file is encrypted
 */
export function findFooter(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  like: Footer | undefined,
): { readonly footer: Footer; readonly isChecked: boolean } {
  const range = footerRange(bytes, path);
  // Checked before anything in the file is trusted.
  const isIntact = hasIntactChecksum(bytes, range);
  if (isIntact === false) {
    throw new Error(
      `its checksum does not match its bytes: they are damaged, or another tool wrote them and kept the "bronzestore." metadata of a file of ours`,
    );
  }
  const footer = readFooter(bytes, range.start, range.end, like);
  if (isIntact === undefined) {
    const sign = signOfOurs(bytes, range, footer, path);
    if (sign !== undefined)
      throw new Error(`it is a file of this library (${sign}), but its checksum is damaged or gone`);
  }
  return { footer, isChecked: isIntact === true };
}

function footerRange(bytes: Uint8Array<ArrayBuffer>, path: string): ByteRange {
  const size = bytes.byteLength;
  if (size === 0) throw new Error("the file is empty");
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  const first = size < 4 ? undefined : view.getUint32(0, true);
  const last = size < 12 ? undefined : view.getUint32(size - 4, true);
  if (first === ENCRYPTED_MAGIC && last === ENCRYPTED_MAGIC) {
    throw new BronzeError(
      "UNSUPPORTED_TYPE",
      `${path} is an encrypted Parquet file (it starts and ends with PARE). ${DECRYPT_FIRST}`,
      { file: path },
    );
  }
  if (first !== MAGIC) throw new Error("it does not start with PAR1, so it is no Parquet file");
  if (last !== MAGIC) throw new Error("it does not end with PAR1, so its end is missing");
  const footerBytes = view.getUint32(size - 8, true);
  if (footerBytes > size - 12) throw new Error(`it claims a footer of ${footerBytes} bytes`);
  return { start: size - 8 - footerBytes, end: size - 8 };
}

/** "PAR1" and "PARE", little-endian. */
const MAGIC = 0x31524150;
const ENCRYPTED_MAGIC = 0x45524150;
