/** Version of this library, as manifests record it; a test compares it with package.json. */
export const LIBRARY_VERSION = "0.1.0";
