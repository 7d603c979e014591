// Apex and hinge points of the left ventricle on the frame, which are dragged.

import { trigger } from "./link.js";
import { dragging } from "./dragging.js";
import { halo } from "./marks.js";

const COLOR = "#ffe14d";
const TITLES = ["Apex", "Mitral", "Mitral"];

export function landmarking({ props, facts, redraw, place }) {
  const shown = () => props.landmarks.find((one) => one.frame === facts().frame);
  const points = dragging({
    group: () => {
      const mine = shown();
      return mine && { key: mine.frame, points: mine.points };
    },
    move: (frame, number, pixel) => trigger("move_landmark", frame, number, [pixel]),
    redraw,
    place,
  });

  return {
    down: points.down,
    move: points.move,
    up: points.up,
    cancel: points.up,
    out: points.out,
    get count() {
      return points.points().length;
    },
    draw(pen, at) {
      const [apex, first, second] = points.points().map((one) => at.screen(one));
      if (!apex) return;
      pen.save();
      pen.beginPath();
      pen.moveTo(...first);
      pen.lineTo(...second);
      halo(pen, COLOR, 1.5);
      pen.beginPath();
      pen.moveTo(...apex);
      pen.lineTo((first[0] + second[0]) / 2, (first[1] + second[1]) / 2);
      pen.setLineDash([4, 4]);
      halo(pen, COLOR, 1);
      pen.setLineDash([]);
      points.drawPoints(pen, at, COLOR, TITLES);
      pen.restore();
    },
  };
}
