// The line of an M-mode over every frame, whose ends are dragged.

import { triggerOf } from "./link.js";
import { dragging } from "./dragging.js";
import { halo } from "./marks.js";

export function lining({ props, facts, redraw, place }) {
  return dragging({
    facts,
    group: () => props.line.length && { key: "line", points: props.line },
    move: (of, _key, number, pixel) => triggerOf(of, "move_line", number, [pixel]),
    color: "#33ffff", // as in Slicer
    titles: () => props.lineTitles,
    draw(pen, [from, to], color) {
      pen.beginPath();
      pen.moveTo(...from);
      pen.lineTo(...to);
      halo(pen, color, 1.5);
    },
    redraw,
    place,
  });
}
