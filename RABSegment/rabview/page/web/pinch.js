// Two fingers zoom, whatever the tool: what lies between them stays there.

import { inSteps, trigger } from "./link.js";
import { distance } from "./curve.js";

const STEP = 1.15; // fingers so much further apart are one step nearer

export function pinching(area) {
  const fingers = new Map(); // { pointer: its place on the screen }
  let span = 1; // between them at the last step
  const zoom = inSteps((steps, across, up) => trigger("zoom_at", steps, across, up));

  return {
    get isOn() {
      return fingers.size > 1;
    },
    // True where it is the second finger: what the first one began is not meant.
    down(event, place) {
      if (event.pointerType !== "touch") return false;
      fingers.set(event.pointerId, place);
      if (fingers.size === 2) span = Math.max(distance(...fingers.values()), 1);
      return this.isOn;
    },
    move(event, place) {
      if (!fingers.has(event.pointerId)) return false;
      fingers.set(event.pointerId, place);
      if (fingers.size !== 2) return this.isOn;
      const [one, other] = fingers.values();
      const steps = Math.trunc(Math.log(Math.max(distance(one, other), 1) / span) / Math.log(STEP));
      if (!steps) return true;
      span *= STEP ** steps;
      const { width, height } = area();
      zoom(steps, (one[0] + other[0]) / 2 / width, 1 - (one[1] + other[1]) / 2 / height);
      return true;
    },
    // True until all fingers are away.
    up(event) {
      const wasOn = this.isOn || this.isEnding;
      this.isEnding = fingers.delete(event.pointerId) && wasOn && fingers.size > 0;
      return wasOn;
    },
    isEnding: false,
  };
}
