// Apex and hinge points of the left ventricle on the frame, which are dragged.

import { triggerOf } from "./link.js";
import { dragging } from "./dragging.js";
import { halo } from "./marks.js";

export function landmarking({ props, facts, redraw, place }) {
  return dragging({
    facts,
    group: () => {
      const mine = props.landmarks.find((one) => one.frame === facts().frame);
      return mine && { key: mine.frame, points: mine.points };
    },
    move: (of, frame, number, pixel) => triggerOf(of, "move_landmark", frame, number, [pixel]),
    color: "#ffe14d",
    titles: () => props.landmarkTitles,
    draw(pen, [apex, first, second], color) {
      pen.beginPath();
      pen.moveTo(...first);
      pen.lineTo(...second);
      halo(pen, color, 1.5);
      pen.beginPath();
      pen.moveTo(...apex);
      pen.lineTo((first[0] + second[0]) / 2, (first[1] + second[1]) / 2);
      pen.setLineDash([4, 4]);
      halo(pen, color, 1);
      pen.setLineDash([]);
    },
    redraw,
    place,
  });
}
