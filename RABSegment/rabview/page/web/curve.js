// Smooth closed curves through points, and the few points that stand for a line of many.

const PARTS = 8; // of the curve between two points

// The closed Catmull-Rom curve through the points, as many short lines.
export function curveThrough(points) {
  const count = points.length;
  const found = [];
  points.forEach((from, number) => {
    const before = points[(number + count - 1) % count];
    const to = points[(number + 1) % count];
    const after = points[(number + 2) % count];
    for (let part = 0; part < PARTS; part += 1) {
      const t = part / PARTS;
      found.push(
        [0, 1].map((i) => {
          const [a, b, c, d] = [before[i], from[i], to[i], after[i]];
          return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
        }),
      );
    }
  });
  return found;
}

// Points at even distances on a closed line, as few as keep the curve through them this near to it (in pixels).
export function fewPoints(line, near = 1.2) {
  for (let count = 8; ; count += 4) {
    const points = spaced(line, count);
    if (count >= 32 || count >= line.length || farthest(line, curveThrough(points)) <= near) return points;
  }
}

function spaced(line, count) {
  const lengths = line.map((one, number) => distance(one, line[(number + 1) % line.length]));
  const step = lengths.reduce((sum, one) => sum + one, 0) / count;
  const found = [];
  let [number, gone] = [0, 0];
  for (let wanted = 0; found.length < count; wanted += step) {
    while (gone + lengths[number] < wanted && number < line.length - 1) gone += lengths[number++];
    const share = lengths[number] ? Math.min((wanted - gone) / lengths[number], 1) : 0;
    const [from, to] = [line[number], line[(number + 1) % line.length]];
    found.push([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
  }
  return found;
}

// How far a place of the line is from the curve, at most.
export function farthest(line, curve) {
  return Math.max(...line.map((one) => Math.min(...curve.map((other) => distance(one, other)))));
}

export const distance = ([x0, y0], [x1, y1]) => Math.hypot(x1 - x0, y1 - y0);
