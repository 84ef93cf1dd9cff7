/** Arrows go to the button above or below, and press it. */
export function moveFocus(event: KeyboardEvent): void {
  const by =
    event.key === "ArrowDown"
      ? "nextElementSibling"
      : event.key === "ArrowUp"
        ? "previousElementSibling"
        : null;
  const to = by && (event.currentTarget as Element)[by];
  if (!(to instanceof HTMLButtonElement)) return;
  event.preventDefault();
  to.focus();
  to.click();
}
