// The line of an M-mode over every frame, whose ends are dragged.

import { trigger } from "./link.js";
import { dragging } from "./dragging.js";
import { halo } from "./marks.js";

export function lining({ props, redraw, place }) {
  return dragging({
    group: () => props.line.length && { key: "line", points: props.line },
    move: (_key, number, pixel) => trigger("move_line", number, [pixel]),
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
