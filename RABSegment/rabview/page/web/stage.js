// The slice view: shows its pictures, and draws the brush and the stroke at once, before the server has painted it.

import { inSteps, play, session, trigger, triggerOf } from "./link.js";
import { landmarking } from "./landmarks.js";
import { drawMarks, smoothLine } from "./marks.js";
import { measuring } from "./measure.js";
import { lining } from "./line.js";
import { outlining } from "./outline.js";
import { pinching } from "./pinch.js";
import { Place } from "./place.js";
import { prompting } from "./prompts.js";

const PICTURES = "trame.rca.topic.stream";
const MOST_POINTS = 20000; // of a stroke
const LONGEST_WAIT_MS = 1500; // for the picture in which a stroke is painted
const HANDS = { measure: measuring, outline: outlining, prompt: prompting }; // what tools do that the page does itself
const CLAIM_MS = 400; // between two claims of the mouse for a picture of this tab's shape
const WHEEL_STEP = 60; // of deltaY in pixels: touch pads send many small ones
const PINCH_STEP = 15; // likewise, of two fingers on a touch pad, which come as a wheel with Ctrl

export const SliceStage = {
  props: {
    name: { type: String, required: true },
    tool: { type: String, default: "view" },
    gesture: { type: String, default: "" }, // "brush" or "lasso", as the tool is (tools.py)
    brush: { type: Number, default: 1 },
    color: { type: String, default: "#ffffff" },
    segment: { type: String, default: "" },
    spacing: { type: Array, default: null }, // width and height of a pixel in mm
    prompts: { type: Array, default: () => [] }, // whatever of them changes is drawn
    landmarks: { type: Array, default: () => [] }, // of the left ventricle, frame by frame
    landmarkTitles: { type: Array, default: () => [] },
    line: { type: Array, default: () => [] }, // of an M-mode: where it begins and ends
    lineTitles: { type: Array, default: () => [] },
    isActive: { type: Boolean, default: false },
  },
  setup(props) {
    const { ref, watch, onMounted, onBeforeUnmount } = window.Vue;
    const root = ref(null);
    const picture = ref(null);
    const overlay = ref(null);
    const cleanUps = [];
    let facts = { cine: 0, w: 1, h: 1, zoom: 0, strokes: 0, frame: -1, place: [0, 0, 1, 1], segments: [], fill: 0, ghost: [] };
    let waiting = null;
    let isDecoding = false;
    let mouse = null;
    let stroke = null; // that the mouse draws
    let sent = []; // strokes that were drawn, until a picture shows them painted
    let claimed = -Infinity; // when
    let hand = null; // of the tool, where the page does it itself
    const movable = landmarking({ props, facts: () => facts, redraw: () => sketch(), place: () => placeNow() });
    // What a gesture is about, as it is when it begins: cine, frame and segment may change before it ends.
    const about = () => ({ cine: facts.cine, frame: facts.frame, segment: props.segment });
    const pinch = pinching(() => root.value.getBoundingClientRect());
    const line = lining({ props, facts: () => facts, redraw: () => sketch(), place: () => placeNow() });

    const step = inSteps((count) => trigger("step", count));
    const scaleBrush = inSteps((count) => trigger("scale_brush", count));
    const zoom = inSteps((count, across, up) => trigger("zoom_at", count, across, up));

    // ---- pictures

    async function draw() {
      isDecoding = true;
      while (waiting) {
        const { meta, content } = waiting;
        waiting = null;
        const image = await createImageBitmap(new Blob([content], { type: meta.type }));
        const canvas = picture.value;
        if (!canvas) break;
        if (canvas.width !== image.width || canvas.height !== image.height) {
          canvas.width = image.width;
          canvas.height = image.height;
        }
        canvas.getContext("2d").drawImage(image, 0, 0);
        image.close();
        const isOther = meta.cine !== facts.cine;
        facts = meta;
        if (isOther) leaveOff();
        sent = sent.filter((one) => !isOther && !(one.isPainted && meta.strokes > one.before));
        canvas.dataset.frame = meta.frame;
        canvas.dataset.strokes = meta.strokes;
        canvas.dataset.outlines = facts.segments.reduce((sum, one) => sum + one.lines.length, 0);
        canvas.dataset.ghosts = facts.ghost.length;
        hand?.show?.(facts);
        canvas.dataset.pictures = Number(canvas.dataset.pictures || 0) + 1;
        sketch();
      }
      isDecoding = false;
    }

    function receive([{ name, meta, content }]) {
      if (name !== props.name) return;
      waiting = { meta, content };
      if (!isDecoding) draw().catch((error) => ((isDecoding = false), console.warn(error)));
    }

    // What was begun with the mouse does not count, such as on a cine that is closed.
    function leaveOff() {
      for (const one of [movable, line, hand]) one?.cancel?.();
      stroke = null;
    }

    // Two tabs of different size: the one that is used has its picture in full size, also where the other tab tells its
    // own after the mouse came in here.
    function claimSize() {
      claimed = performance.now();
      const area = root.value.getBoundingClientRect();
      const ratio = window.devicePixelRatio || 1;
      const isOurs = Math.abs(facts.w / facts.h - area.width / area.height) < 0.02;
      const isSharp = facts.w > 0.45 * area.width * ratio && facts.w < 1.1 * area.width * ratio;
      if (isOurs && isSharp) return;
      session().call("trame.rca.size", [props.name, "anonymous", { w: area.width, h: area.height, p: ratio }]);
    }

    // ---- brush and stroke

    // Pixels on the screen for a pixel of the frame; the picture keeps its shape in a tab of another one.
    function scale() {
      const area = overlay.value.getBoundingClientRect();
      return facts.zoom * Math.min(area.width / facts.w, area.height / facts.h);
    }

    function sketch() {
      const canvas = overlay.value;
      if (!canvas) return;
      const ratio = window.devicePixelRatio || 1;
      picture.value.dataset.zoom = scale(); // of the view as it is now, which may have another shape than the picture
      const { width, height } = canvas.getBoundingClientRect();
      if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
      if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
      const pen = canvas.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, width, height);
      const diameter = Math.max(props.brush * scale(), 1);
      const place = placeNow();
      if (props.isActive) drawMarks(pen, place, facts, hand?.hides);
      if (props.isActive) hand?.draw(pen, place);
      if (props.isActive) line.draw(pen, place);
      if (props.isActive) movable.draw(pen, place);
      canvas.dataset.landmarks = movable.count;
      canvas.dataset.lineEnds = line.count;
      for (const one of stroke ? [...sent, stroke] : sent) sketchPath(pen, place, one);
      if (mouse && props.isActive && props.gesture === "brush") sketchBrush(pen, diameter);
    }

    function placeNow() {
      const area = overlay.value.getBoundingClientRect();
      return new Place(area, facts);
    }

    // A tool that the page does itself gets the mouse in pixels of the frame.
    function takeUp() {
      hand?.leave?.();
      const make = HANDS[props.gesture];
      hand = make ? make({ props, about, facts: () => facts, redraw: sketch, place: placeNow }) : null;
      hand?.show?.(facts);
      sketch();
    }

    function handle(event, what) {
      if (!props.isActive || (what === "down" && event.button === 1)) return false;
      const pixel = placeNow().pixel(placeOf(event));
      const taken = movable[what](event, pixel) || line[what](event, pixel) || hand?.[what]?.(event, pixel);
      if (taken) {
        event.stopImmediatePropagation();
        event.preventDefault();
        if (what === "down") root.value.setPointerCapture?.(event.pointerId);
        if (what === "down" && play.is_on) trigger("show_frame", facts.frame);
      }
      sketch();
      return taken;
    }

    function sketchPath(pen, place, { of, gesture, color, points, brush = props.brush }) {
      if (of.frame !== facts.frame) return;
      const path = points.map((pixel) => place.screen(pixel));
      gesture === "lasso" ? sketchLasso(pen, path, color) : sketchStroke(pen, path, color, Math.max(brush * scale(), 1));
    }

    function sketchStroke(pen, path, color, diameter) {
      pen.globalAlpha = 0.45;
      pen.strokeStyle = color;
      pen.lineWidth = diameter;
      pen.lineCap = pen.lineJoin = "round";
      pen.beginPath();
      smoothLine(pen, path);
      if (path.length === 1) pen.lineTo(path[0][0] + 0.01, path[0][1]);
      pen.stroke();
      pen.globalAlpha = 1;
    }

    function sketchLasso(pen, path, color) {
      pen.beginPath();
      smoothLine(pen, path);
      pen.closePath();
      pen.globalAlpha = 0.25;
      pen.fillStyle = color;
      pen.fill();
      pen.globalAlpha = 1;
      pen.lineWidth = 3;
      pen.strokeStyle = "rgba(0, 0, 0, 0.6)";
      pen.stroke();
      pen.lineWidth = 1.5;
      pen.strokeStyle = color;
      pen.stroke();
    }

    function sketchBrush(pen, diameter) {
      pen.beginPath();
      pen.arc(mouse[0], mouse[1], diameter / 2, 0, 2 * Math.PI);
      pen.strokeStyle = "rgba(0, 0, 0, 0.7)";
      pen.lineWidth = 3;
      pen.stroke();
      pen.strokeStyle = props.tool === "erase" ? "#ffffff" : props.color;
      pen.lineWidth = 1.5;
      pen.stroke();
    }

    function placeOf(event) {
      const area = root.value.getBoundingClientRect();
      return [event.clientX - area.left, event.clientY - area.top];
    }

    const isStroke = (event) => event.button === 0 && !event.shiftKey && props.isActive && ["brush", "lasso"].includes(props.gesture);

    // The path of a stroke is kept here and sent whole: the server hears of the mouse only now and then.
    function onDown(event) {
      root.value.focus({ preventScroll: true });
      if (props.isActive && pinch.down(event, placeOf(event))) {
        leaveOff();
        event.stopImmediatePropagation();
        return sketch();
      }
      if (handle(event, "down")) return;
      if (stroke) event.stopImmediatePropagation();
      if (stroke || !isStroke(event)) return;
      event.stopImmediatePropagation();
      event.preventDefault();
      root.value.setPointerCapture?.(event.pointerId);
      if (play.is_on) trigger("show_frame", facts.frame);
      const color = props.tool === "erase" || props.tool === "scissors" ? "#ffffff" : props.color;
      const { tool, gesture } = props;
      const pointer = event.pointerId;
      // In pixels of the frame: the view may get another size or place before the stroke ends.
      const points = [placeNow().pixel(placeOf(event))];
      stroke = { tool, gesture, of: about(), points, color, pointer, before: facts.strokes };
      sketch();
    }

    function onMove(event) {
      mouse = placeOf(event);
      if (!event.buttons && performance.now() - claimed > CLAIM_MS) claimSize();
      if (pinch.move(event, mouse) || pinch.isEnding) return event.stopImmediatePropagation();
      if (handle(event, "move")) return;
      if (stroke) {
        event.stopImmediatePropagation();
        const events = event.getCoalescedEvents?.() || [];
        if (event.pointerId === stroke.pointer && stroke.points.length < MOST_POINTS) {
          const place = placeNow();
          stroke.points.push(...(events.length ? events : [event]).map((one) => place.pixel(placeOf(one))));
        }
      }
      sketch();
    }

    function onUp(event) {
      // The server is to hear of a release where it has heard of the press.
      if (pinch.up(event)) return props.gesture && event.stopImmediatePropagation();
      if (handle(event, event.type === "pointercancel" ? "cancel" : "up")) return;
      if (!stroke || event.pointerId !== stroke.pointer) return;
      event.stopImmediatePropagation();
      const ended = { ...stroke, brush: props.brush };
      stroke = null;
      sent.push(ended);
      const forget = () => {
        sent = sent.filter((one) => one !== ended);
        sketch();
      };
      const wait = () => ((ended.isPainted = true), setTimeout(forget, LONGEST_WAIT_MS));
      triggerOf(ended.of, "stroke", ended.tool, ended.of.frame, ended.points.slice(0, MOST_POINTS)).then(wait, forget);
    }

    function onLeave() {
      mouse = null;
      hand?.out?.();
      movable.out();
      line.out();
      sketch();
    }

    // ---- wheel: frames; with Shift the brush; with Ctrl zoom. The server is to hear of none of it as a wheel.

    function onWheel(event) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!props.isActive) return;
      const pixels = (event.deltaY || event.deltaX) * (event.deltaMode === 1 ? 40 : 1);
      const steps = Math.abs(pixels) >= WHEEL_STEP ? Math.sign(pixels) : pixels / (event.ctrlKey ? PINCH_STEP : WHEEL_STEP);
      if (event.ctrlKey) {
        const area = root.value.getBoundingClientRect();
        const [x, y] = placeOf(event);
        zoom(-steps, x / area.width, 1 - y / area.height);
      } else if (event.shiftKey) scaleBrush(-steps);
      else step(steps);
    }

    function onDoubleClick() {
      if (props.isActive && props.tool === "view") trigger("fit");
    }

    function listen(target, name, call, options) {
      target.addEventListener(name, call, options);
      cleanUps.push(() => target.removeEventListener(name, call, options));
    }

    onMounted(() => {
      const subscription = session().subscribe(PICTURES, receive);
      // Whoever comes later has not seen the picture that the others have.
      Promise.resolve(subscription.promise ?? subscription).then(() => session().call("trame.rca.reset", [props.name]));
      takeUp();
      cleanUps.push(() => session().unsubscribe(subscription));
      const early = { capture: true };
      listen(root.value, "wheel", onWheel, { capture: true, passive: false });
      listen(root.value, "pointerenter", claimSize);
      listen(root.value, "pointerdown", onDown, early);
      listen(root.value, "pointermove", onMove, early);
      listen(root.value, "pointerleave", onLeave);
      listen(root.value, "dblclick", onDoubleClick);
      listen(root.value, "contextmenu", (event) => event.preventDefault());
      listen(window, "pointerup", onUp, early);
      listen(window, "pointercancel", onUp, early);
      const observer = new ResizeObserver(sketch);
      observer.observe(root.value);
      cleanUps.push(() => observer.disconnect());
    });
    onBeforeUnmount(() => cleanUps.forEach((call) => call()));
    watch(() => [props.gesture, props.tool], takeUp);
    watch(() => [props.brush, props.color, props.isActive, props.prompts, props.landmarks, props.line], sketch);
    watch(() => [props.segment, props.spacing], () => (hand?.show?.(facts), sketch()));

    return { root, picture, overlay };
  },
  template: `
    <div ref="root" class="rab-stage" :class="'rab-tool-' + tool" data-testid="view"
      tabindex="-1" role="group" aria-label="Frame">
      <canvas ref="picture" class="rab-picture" data-testid="picture"></canvas>
      <slot></slot>
      <canvas ref="overlay" class="rab-sketch" data-testid="sketch"></canvas>
    </div>`,
};
