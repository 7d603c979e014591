// The line of an M-mode over every frame, whose ends are dragged.

import { trigger } from "./link.js";
import { dragging } from "./dragging.js";
import { halo } from "./marks.js";

const COLOR = "#33ffff"; // as in Slicer
const TITLES = ["Begin", "End"];

export function lining({ props, redraw, place }) {
  const ends = dragging({
    group: () => props.line.length && { key: "line", points: props.line },
    move: (_key, number, pixel) => trigger("move_line", number, [pixel]),
    redraw,
    place,
  });

  return {
    down: ends.down,
    move: ends.move,
    up: ends.up,
    cancel: ends.up,
    out: ends.out,
    get count() {
      return ends.points().length;
    },
    draw(pen, at) {
      const [from, to] = ends.points().map((one) => at.screen(one));
      if (!from) return;
      pen.save();
      pen.beginPath();
      pen.moveTo(...from);
      pen.lineTo(...to);
      halo(pen, COLOR, 1.5);
      ends.drawPoints(pen, at, COLOR, TITLES);
      pen.restore();
    },
  };
}
