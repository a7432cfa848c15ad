/** Puts labels beside points so that none covers another; the less important ones give way. */

export interface LabelRequest {
  x: number;
  y: number;
  /** Of the point: the label stands outside it. */
  radius: number;
  width: number;
  height: number;
  /** Larger first. */
  priority: number;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const GAP = 3;

/** For each request the box of its label, or null where there was no room. */
export function placeLabels(
  requests: readonly LabelRequest[],
  bounds: Box,
  obstacles: readonly Box[],
): (Box | null)[] {
  const taken: Box[] = [...obstacles];
  const placed: (Box | null)[] = requests.map(() => null);
  const order = requests.map((_, index) => index).sort((a, b) => requests[b].priority - requests[a].priority);
  for (const index of order) {
    const free = candidates(requests[index]).find(
      (box) => contains(bounds, box) && !taken.some((other) => overlap(box, other)),
    );
    if (free !== undefined) {
      taken.push(free);
      placed[index] = free;
    }
  }
  return placed;
}

/** Eight places around a point: right and left before above and below, straight before diagonal. */
function candidates({ x, y, radius, width, height }: LabelRequest): Box[] {
  const away = radius + GAP;
  const near = away * 0.75;
  const places = [
    [x + away, y - height / 2],
    [x - away - width, y - height / 2],
    [x - width / 2, y - away - height],
    [x - width / 2, y + away],
    [x + near, y - near - height / 2],
    [x + near, y + near - height / 2],
    [x - near - width, y - near - height / 2],
    [x - near - width, y + near - height / 2],
  ];
  return places.map(([left, top]) => ({ x: left, y: top, width, height }));
}

function overlap(first: Box, second: Box): boolean {
  return (
    first.x < second.x + second.width &&
    second.x < first.x + first.width &&
    first.y < second.y + second.height &&
    second.y < first.y + first.height
  );
}

function contains(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}
