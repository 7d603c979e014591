// The areas of all frames; the row of the frame that is shown is marked without drawing the others again.

import { scrub } from "./tab.js";

export const AreaTable = {
  props: {
    frame: { type: Number, default: 0 },
    columns: { type: Array, default: () => [] },
    rows: { type: Array, default: () => [] },
  },
  setup(props) {
    const { ref, watch, onMounted, nextTick } = window.Vue;
    const body = ref(null);

    function mark() {
      body.value?.querySelector(".rab-row-shown")?.classList.remove("rab-row-shown");
      const row = body.value?.children[props.frame];
      if (!row) return;
      row.classList.add("rab-row-shown");
      const place = row.closest(".rab-scroll");
      if (!place || place.matches(":hover")) return; // who is reading it is left in peace
      const above = row.offsetTop - row.offsetHeight;
      if (above < place.scrollTop) place.scrollTop = above;
      const below = row.offsetTop + 2 * row.offsetHeight - place.clientHeight;
      if (below > place.scrollTop) place.scrollTop = below;
    }

    onMounted(() => requestAnimationFrame(mark));
    watch(() => props.frame, mark);
    watch(() => props.rows, () => nextTick(mark));
    return { body, scrub };
  },
  template: `
    <table class="rab-table" data-testid="area-table">
      <thead><tr><th v-for="column in columns">{{ column }}</th></tr></thead>
      <tbody ref="body">
        <tr v-for="(row, number) in rows" :key="number" @click="scrub(number)"><td v-for="(cell, column) in row"><button v-if="!column" type="button" class="rab-cell" :tabindex="number === frame ? 0 : -1" :aria-label="'Show frame ' + cell">{{ cell }}</button><template v-else>{{ cell }}</template></td></tr>
      </tbody>
    </table>`,
};
