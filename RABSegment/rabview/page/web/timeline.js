// Slider and timeline of the cine on one axis: both are dragged to go through the frames.

import { scrub } from "./tab.js";

export const FrameTimeline = {
  props: {
    frame: { type: Number, default: 0 },
    count: { type: Number, default: 1 },
    times: { type: Array, default: () => [] },
    bars: { type: Array, default: () => [] },
    curves: { type: Array, default: () => [] },
    status: { type: String, default: "" },
    legend: { type: Array, default: () => [] },
    confidence: { type: Array, default: () => [] },
    isActive: { type: Boolean, default: false },
  },
  setup(props) {
    const { ref, computed } = window.Vue;
    const root = ref(null);
    const dragged = ref(null);
    const hovered = ref(null);

    const shown = computed(() => (dragged.value === null ? props.frame : dragged.value));
    const share = (frame) => (100 * (frame + 0.5)) / Math.max(props.count, 1);
    const tip = computed(() => {
      const frame = hovered.value;
      if (frame === null) return "";
      const status = props.legend.find((one) => one.letter === props.status[frame]);
      const parts = [`Frame ${frame}`, props.times[frame], status?.title];
      const trust = props.confidence[frame];
      if (trust !== undefined && trust !== null) parts.push(`confidence ${trust.toFixed(2)}`);
      return parts.filter(Boolean).join(" · ");
    });

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

    return { root, shown, share, hovered, tip, dragged, onDown, onMove, onUp, onLeave };
  },
  template: `
    <div ref="root" class="rab-timeline" :class="{ 'rab-off': !isActive }"
      @pointerdown="onDown" @pointermove="onMove" @pointerup="onUp" @pointercancel="onUp" @pointerleave="onLeave">
      <div class="rab-track" role="slider" aria-label="Frame" :aria-valuenow="shown" aria-valuemin="0"
        :aria-valuemax="count - 1" :aria-disabled="!isActive" :tabindex="isActive ? 0 : -1" data-testid="frame-slider">
        <div class="rab-track-done" :style="{ width: share(shown) + '%' }"></div>
        <div v-if="isActive" class="rab-thumb" :style="{ left: share(shown) + '%' }"></div>
      </div>
      <div class="rab-chart" data-testid="timeline">
        <svg viewBox="0 0 1000 72" preserveAspectRatio="none">
          <path v-for="bar in bars" :d="bar.d" :fill="bar.color" :fill-opacity="bar.opacity" />
          <polyline v-for="curve in curves" :points="curve.points" :stroke="curve.color" class="rab-curve" />
        </svg>
        <div v-if="isActive" class="rab-cursor" :style="{ left: share(shown) + '%' }"></div>
        <div v-if="isActive && hovered !== null" class="rab-hover" :style="{ left: share(hovered) + '%' }"></div>
      </div>
      <div v-if="isActive && hovered !== null" class="rab-tip" :class="{ 'rab-tip-left': hovered > count / 2 }"
        :style="{ left: share(hovered) + '%' }">{{ tip }}</div>
    </div>`,
};
