/** The page's code, built. */
export function pageCode(): Promise<{
  readonly js: string;
  readonly css: string;
}>;
