/** Version of this library, as manifests record it; a test holds it to package.json. */
export const LIBRARY_VERSION = "0.1.0";
