// Areas over time, with axes; a click shows the frame.

import { scrub } from "./tab.js";

const LEFT = 46;
const RIGHT = 10;
const TOP = 24;
const BOTTOM = 34;

// Round numbers from low to high, about `wanted` of them.
export function ticks(low, high, wanted) {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / Math.max(wanted, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, number) => Number(((first + number) * step).toPrecision(12)));
}

export const AreaPlot = {
  props: {
    frame: { type: Number, default: 0 },
    xs: { type: Array, required: true },
    curves: { type: Array, required: true },
    xTitle: { type: String, default: "" },
    yTitle: { type: String, default: "" },
    height: { type: Number, default: 180 },
  },
  setup(props) {
    const { ref, computed, onMounted, onBeforeUnmount } = window.Vue;
    const root = ref(null);
    const width = ref(300);
    let observer = null;
    onMounted(() => {
      observer = new ResizeObserver(([entry]) => (width.value = Math.max(entry.contentRect.width, 120)));
      observer.observe(root.value);
    });
    onBeforeUnmount(() => observer?.disconnect());

    const first = computed(() => props.xs[0] ?? 0);
    const last = computed(() => props.xs[props.xs.length - 1] ?? 1);
    const xTicks = computed(() => ticks(first.value, last.value, width.value / 70));
    // From 0 on, or from below it where values are, as the brightness of CT.
    const range = computed(() => {
      const values = props.curves.flatMap((curve) => curve.values);
      const least = Math.min(...values, 0);
      const most = Math.max(...values, 0) || (least ? 0 : 1);
      const marks = ticks(least, most, 4);
      const step = marks.length > 1 ? marks[1] - marks[0] : most - least;
      return [Math.floor(least / step + 1e-9) * step, Math.ceil(most / step - 1e-9) * step];
    });
    const yTicks = computed(() => ticks(...range.value, 4));
    const right = computed(() => width.value - RIGHT);
    const bottom = computed(() => props.height - BOTTOM);
    const px = (x) => LEFT + ((x - first.value) / (last.value - first.value || 1)) * (right.value - LEFT);
    const py = (y) => {
      const [low, high] = range.value;
      return bottom.value - ((y - low) / (high - low)) * (bottom.value - TOP);
    };
    // Frames that nobody segmented have no value: the line ends before them, and a frame alone is a dash.
    const path = (curve) =>
      curve.values
        .map((y, number, all) => {
          if (y === null) return "";
          const isFirst = number === 0 || all[number - 1] === null;
          const isAlone = isFirst && (number + 1 === all.length || all[number + 1] === null);
          const x = px(props.xs[number]) - (isAlone ? 3 : 0);
          return `${isFirst ? "M" : "L"}${x.toFixed(1)} ${py(y).toFixed(1)}${isAlone ? "h6" : ""}`;
        })
        .join("");
    const cursor = computed(() => px(props.xs[props.frame] ?? first.value));

    function onClick(event) {
      const x = event.clientX - root.value.getBoundingClientRect().left;
      let nearest = 0;
      props.xs.forEach((value, number) => {
        if (Math.abs(px(value) - x) < Math.abs(px(props.xs[nearest]) - x)) nearest = number;
      });
      scrub(nearest);
    }

    return { root, width, xTicks, yTicks, right, bottom, px, py, path, cursor, onClick, LEFT, TOP };
  },
  template: `
    <div ref="root" class="rab-plot" data-testid="area-plot" @click="onClick">
      <svg :width="width" :height="height">
        <g v-for="y in yTicks" :key="'y' + y">
          <line class="rab-gridline" :x1="LEFT" :x2="right" :y1="py(y)" :y2="py(y)" />
          <text class="rab-axis" :x="LEFT - 6" :y="py(y) + 4" text-anchor="end">{{ y }}</text>
        </g>
        <g v-for="x in xTicks" :key="'x' + x">
          <line class="rab-gridline" :x1="px(x)" :x2="px(x)" :y1="bottom" :y2="bottom + 4" />
          <text class="rab-axis" :x="px(x)" :y="bottom + 16" text-anchor="middle">{{ x }}</text>
        </g>
        <text class="rab-axis rab-axis-title" :x="right" :y="height - 2" text-anchor="end">{{ xTitle }}</text>
        <text class="rab-axis rab-axis-title" :x="4" :y="12">{{ yTitle }}</text>
        <line class="rab-now" :x1="cursor" :x2="cursor" :y1="TOP" :y2="bottom" />
        <path v-for="curve in curves" :key="curve.id" class="rab-line" :d="path(curve)" :stroke="curve.color" />
      </svg>
    </div>`,
};
