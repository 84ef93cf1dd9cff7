export type Library = typeof import("bronzestore");

/**
 * The library by its name, as a user has it: the build leaves it outside, so that there is one of it, and a config's classes
 * are known to it. Loaded when a command needs it, which help does not.
 */
export const library = (): Promise<Library> => import("bronzestore");
