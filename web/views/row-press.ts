// Which row a press is about. Rows move, and in a burst faster than a finger: what a browser calls the clicked element
// is the list when the row went on between press and release, and somebody else's where its element was taken for
// another row. So it is the row that was pressed, as it was then; and none where the pointer was drawn away from it.

/** A release this far from its press is about no row in particular. */
const slackPx = 10;

/** Calls `choose` with what `rowOf` says of the row element of this class that was pressed. */
export function onRowPress<T>(
  list: HTMLElement,
  className: string,
  rowOf: (element: HTMLElement) => T | undefined,
  choose: (row: T) => void,
): void {
  let pressed: { readonly row: T | undefined; readonly x: number; readonly y: number } | null = null;
  const rowAt = ({ target }: Event): T | undefined => {
    const element = target instanceof Element ? target.closest<HTMLElement>(`.${className}`) : null;
    return element === null ? undefined : rowOf(element);
  };
  list.addEventListener('pointerdown', (event) => {
    pressed = { row: rowAt(event), x: event.clientX, y: event.clientY };
  });
  list.addEventListener('click', (event) => {
    const near = pressed !== null && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) <= slackPx;
    const row = near ? pressed!.row : rowAt(event);
    pressed = null;
    if (row !== undefined) choose(row);
  });
}
