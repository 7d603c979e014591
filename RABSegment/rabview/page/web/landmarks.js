// Apex and hinge points of the left ventricle on the frame: dragged with the mouse or a finger, whatever the tool.

import { latest, trigger } from "./link.js";
import { distance } from "./curve.js";
import { halo } from "./marks.js";

const NEAR = 10; // pixels of the screen
const NEAR_FINGER = 24;
const COLOR = "#ffe14d";
const TITLES = ["Apex", "Mitral", "Mitral"];

export function landmarking({ props, facts, redraw, place }) {
  let held = null; // { frame, number, pixel } of the point that is dragged, until the server has put it there
  let isDown = false;
  let over = -1;

  let settled = null; // what the server has answered of it
  const send = latest(async (moved) => {
    await trigger("move_landmark", moved.frame, moved.number, [moved.pixel]);
    settled = moved;
    if (!isDown && held === settled) held = null;
    redraw();
  });

  const shown = () => props.landmarks.find((one) => one.frame === facts().frame);
  function points() {
    const mine = shown();
    return mine ? mine.points.map((point, number) => (held && held.frame === mine.frame && held.number === number ? held.pixel : point)) : [];
  }

  function nearest(event, pixel) {
    const at = place().screen(pixel);
    const far = points().map((one) => distance(at, place().screen(one)));
    const least = far.indexOf(Math.min(...far));
    return least >= 0 && far[least] <= (event.pointerType === "touch" ? NEAR_FINGER : NEAR) ? least : -1;
  }

  return {
    down(event, pixel) {
      if (event.button !== 0 || event.shiftKey || event.ctrlKey) return false;
      const number = nearest(event, pixel);
      if (number < 0) return false;
      held = settled = { frame: facts().frame, number, pixel: points()[number] };
      isDown = true;
      return true;
    },
    move(event, pixel) {
      if (!isDown) {
        over = nearest(event, pixel);
        return false;
      }
      held = { ...held, pixel };
      send(held);
      return true;
    },
    up() {
      const was = isDown;
      isDown = false;
      if (was && held === settled) held = null;
      return was;
    },
    cancel() {
      return this.up();
    },
    out() {
      over = -1;
    },
    get count() {
      return points().length;
    },
    draw(pen, at) {
      const [apex, first, second] = points().map((one) => at.screen(one));
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
      [apex, first, second].forEach((point, number) => {
        const isHeld = number === over || (isDown && held.number === number);
        pen.beginPath();
        pen.arc(...point, isHeld ? 7 : 5, 0, 2 * Math.PI);
        pen.fillStyle = "rgba(0, 0, 0, 0.35)";
        pen.fill();
        halo(pen, COLOR, 2);
        if (isHeld) label(pen, point, TITLES[number]);
      });
      pen.restore();
    },
  };
}

function label(pen, [x, y], text) {
  pen.font = "500 12px Roboto, system-ui, sans-serif";
  pen.lineWidth = 3;
  pen.strokeStyle = "rgba(0, 0, 0, 0.8)";
  pen.strokeText(text, x + 11, y + 4);
  pen.fillStyle = COLOR;
  pen.fillText(text, x + 11, y + 4);
}
