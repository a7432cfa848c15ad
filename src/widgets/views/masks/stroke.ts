/** The cells that a stroke passes: a quick pointer is heard of at few of them. */

/** The cells on the straight line from one to another, the first left out, row by row in a table of so many columns. */
export function cellsBetween(from: number, to: number, columns: number): number[] {
  const [row, column] = [Math.floor(from / columns), from % columns];
  const [down, right] = [Math.floor(to / columns) - row, (to % columns) - column];
  const steps = Math.max(Math.abs(down), Math.abs(right));
  return Array.from({ length: steps }, (_, step) => {
    const share = (step + 1) / steps;
    return (row + Math.round(down * share)) * columns + column + Math.round(right * share);
  });
}
