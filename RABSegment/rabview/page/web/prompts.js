// Marking by clicks: a click adds, Ctrl or the right button removes, a drag scribbles, Shift and a drag draw a box.

import { cine, latest, prompts, trigger, triggerOf } from "./link.js";
import { closedPath, halo, smoothLine } from "./marks.js";
import { tab } from "./tab.js";

const CLICK_PIXELS = 4; // of the screen: a hand that shakes still clicks
const REST_MS = 120; // that the mouse rests before what a click would give is asked for
const MOST_POINTS = 500;
const WARM_MS = 1500; // that a cine is looked at before the engine is started for it
const ADDS = "#3ddc84";
const REMOVES = "#ff6b6b";

// The first click on a cine would wait for the engine's process and its network.
export function warmPrompts() {
  let waiting = 0;
  const wait = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => cine.is_open && !document.hidden && trigger("warm_prompts"), WARM_MS);
  };
  window.trame.addConnectListener(() => {
    cine.onChange("number", wait);
    wait();
  });
}

export function prompting({ props, about, facts, redraw, place }) {
  let drawn = null;
  let resting = 0;
  let isAsked = false; // for a preview, which may still be on its way
  const preview = latest(([frame, pixel, adds]) => isAsked && trigger("preview_prompt", frame, [pixel], adds));

  const adds = (event) => !(event.ctrlKey || event.metaKey || event.button === 2) && !tab.removes;
  const spread = (points) => {
    const [x0, y0] = place().screen(points[0]);
    return Math.max(...points.map((one) => place().screen(one)).map(([x, y]) => Math.hypot(x - x0, y - y0)));
  };

  function endPreview() {
    clearTimeout(resting);
    if (isAsked || prompts.preview.length) trigger("end_preview");
    isAsked = false;
  }

  return {
    down(event, pixel) {
      if (![0, 2].includes(event.button) || !props.segment) return false;
      clearTimeout(resting);
      if (drawn) {
        drawn = null; // a second finger: the picture is moved, not marked
        return false;
      }
      drawn = { points: [pixel], adds: adds(event), isBox: event.shiftKey, of: about(), pointer: event.pointerId };
      return true;
    },
    move(event, pixel) {
      if (drawn) {
        if (event.pointerId === drawn.pointer && drawn.points.length < MOST_POINTS) drawn.points.push(pixel);
        return true;
      }
      if (event.buttons || event.pointerType === "touch" || !props.segment) return false;
      clearTimeout(resting);
      const frame = facts().frame;
      resting = setTimeout(() => ((isAsked = true), preview([frame, pixel, !event.ctrlKey && !tab.removes])), REST_MS);
      return false;
    },
    up(event) {
      if (!drawn || event.pointerId !== drawn.pointer) return Boolean(drawn);
      const { points, of, isBox } = drawn;
      const isClick = spread(points) < CLICK_PIXELS;
      const kind = isClick ? "click" : isBox ? "box" : "line";
      triggerOf(of, "prompt", kind, of.frame, isClick ? [points[0]] : points, drawn.adds);
      drawn = null;
      return true;
    },
    cancel() {
      const was = drawn;
      drawn = null;
      return Boolean(was);
    },
    out: endPreview,
    leave: endPreview,
    draw(pen, at) {
      pen.save();
      if (prompts.frame === facts().frame) {
        pen.setLineDash([5, 4]);
        for (const flat of prompts.preview) {
          pen.beginPath();
          closedPath(pen, at, flat);
          halo(pen, ADDS, 1.5);
        }
        pen.setLineDash([]);
        for (const step of prompts.steps) drawStep(pen, at, step.points, step.is_positive, step.is_box);
      }
      if (drawn) drawStep(pen, at, drawn.points, drawn.adds, drawn.isBox);
      pen.restore();
    },
  };
}

function drawStep(pen, at, pixels, isPositive, isBox) {
  const color = isPositive ? ADDS : REMOVES;
  const points = pixels.map((one) => at.screen(one));
  const [[x0, y0], [x1, y1]] = [points[0], points[points.length - 1]];
  pen.beginPath();
  if (isBox) {
    pen.rect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
    return halo(pen, color);
  }
  if (points.length > 1) {
    smoothLine(pen, points);
    return halo(pen, color, 3);
  }
  pen.arc(x0, y0, 5, 0, 2 * Math.PI);
  pen.fillStyle = color;
  pen.fill();
  halo(pen, "#ffffff", 1.5);
  pen.beginPath(); // a plus or a minus: not by colour alone
  pen.moveTo(x0 - 3, y0);
  pen.lineTo(x0 + 3, y0);
  if (isPositive) pen.moveTo(x0, y0 - 3);
  if (isPositive) pen.lineTo(x0, y0 + 3);
  pen.strokeStyle = "#10241a";
  pen.lineWidth = 1.5;
  return pen.stroke();
}
