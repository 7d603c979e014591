// Slider and timeline of the cine on one axis: both are dragged to go through the frames.

import { scrub, tab } from "./tab.js";

export const FrameTimeline = {
  props: {
    frame: { type: Number, default: 0 },
    count: { type: Number, default: 1 },
    times: { type: Array, default: () => [] },
    bars: { type: Array, default: () => [] },
    curves: { type: Array, default: () => [] },
    status: { type: String, default: "" },
    words: { type: Object, default: () => ({}) },
    colors: { type: Object, default: () => ({}) },
    first: { type: Number, default: 0 },
    last: { type: Number, default: 0 },
    confidence: { type: Array, default: () => [] },
    isActive: { type: Boolean, default: false },
  },
  setup(props) {
    const { ref, computed, watch } = window.Vue;
    const root = ref(null);
    const dragged = ref(null);
    const hovered = ref(null);

    const shown = computed(() => (dragged.value === null ? props.frame : dragged.value));
    const share = (frame) => (100 * (frame + 0.5)) / Math.max(props.count, 1);
    const marks = computed(() =>
      [...props.status].flatMap((letter, frame) => (letter in props.colors ? [{ frame, color: props.colors[letter] }] : [])),
    );
    const before = computed(() => (100 * props.first) / Math.max(props.count, 1));
    const after = computed(() => 100 - (100 * (props.last + 1)) / Math.max(props.count, 1));
    const describe = (frame) => {
      const parts = [`Frame ${frame}`, props.times[frame], props.words[props.status[frame]]];
      const trust = props.confidence[frame];
      if (trust !== undefined && trust !== null) parts.push(`confidence ${trust.toFixed(2)}`);
      return parts.filter(Boolean).join(" · ");
    };
    const text = computed(() => describe(shown.value));
    watch(() => [hovered.value, props.status, props.confidence], () => (tab.frameTip = hovered.value === null ? "" : describe(hovered.value)));

    function frameAt(event) {
      const area = root.value.getBoundingClientRect();
      const frame = Math.floor(((event.clientX - area.left) / area.width) * props.count);
      return Math.min(Math.max(frame, 0), props.count - 1);
    }

    function onDown(event) {
      if (event.button !== 0 || !props.isActive) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      dragged.value = frameAt(event);
      scrub(dragged.value);
    }

    function onMove(event) {
      if (!props.isActive) return;
      hovered.value = frameAt(event);
      if (dragged.value !== null && dragged.value !== hovered.value) {
        dragged.value = hovered.value;
        scrub(dragged.value);
      }
    }

    // The frame of the server counts again once it has heard of the last one.
    function onUp() {
      if (dragged.value === null) return;
      if (scrub.isIdle()) dragged.value = null;
      else setTimeout(onUp, 20);
    }

    const onLeave = () => (hovered.value = null);

    return { root, shown, share, hovered, text, marks, before, after, dragged, onDown, onMove, onUp, onLeave };
  },
  template: `
    <div ref="root" class="rab-timeline" :class="{ 'rab-off': !isActive }"
      @pointerdown="onDown" @pointermove="onMove" @pointerup="onUp" @pointercancel="onUp" @pointerleave="onLeave">
      <div class="rab-track" role="slider" aria-label="Frame" :aria-valuenow="shown" aria-valuemin="0"
        :aria-valuemax="count - 1" :aria-valuetext="text" :aria-disabled="!isActive" :tabindex="isActive ? 0 : -1" data-testid="frame-slider">
        <div class="rab-track-done" :style="{ width: share(shown) + '%' }"></div>
        <div v-for="mark in marks" :key="mark.frame" class="rab-tick" data-testid="tick" :style="{ left: share(mark.frame) + '%', background: mark.color }"></div>
        <div v-if="isActive" class="rab-thumb" :style="{ left: share(shown) + '%' }"></div>
      </div>
      <div class="rab-chart" data-testid="timeline">
        <svg viewBox="0 0 1000 72" preserveAspectRatio="none">
          <path v-for="bar in bars" :d="bar.d" :fill="bar.color" :fill-opacity="bar.opacity" />
          <polyline v-for="curve in curves" :points="curve.points" :stroke="curve.color" class="rab-curve" />
        </svg>
        <div v-if="isActive && before" class="rab-outside" :style="{ left: 0, width: before + '%' }"></div>
        <div v-if="isActive && after" class="rab-outside" :style="{ right: 0, width: after + '%' }"></div>
        <div v-if="isActive" class="rab-cursor" :style="{ left: share(shown) + '%' }"></div>
        <div v-if="isActive && hovered !== null" class="rab-hover" :style="{ left: share(hovered) + '%' }"></div>
      </div>
    </div>`,
};
