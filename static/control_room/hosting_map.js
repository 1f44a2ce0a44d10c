/** The map of the overview, coloured by what each node can take: strength of one scale, never the colours of alarms. */
import { byId, h, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { BadFrame, decode } from "../js/frame.js";
import { bind } from "../js/keyboard.js";
import { live } from "../js/live.js";
import { canvasColour } from "./canvas_colour.js";
import { loadModel } from "./geometry.js";
import { GridState } from "./grid_state.js";
import { makeView } from "./map_view.js";

const STEPS = 4, RETRY_MS = 5000;

/** Where the steps of the scale begin: quarters of the nodes, rounded to two digits. */
export function bounds(capacities) {
  const sorted = [...capacities].sort((a, b) => a - b);
  const at = (share) => Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toPrecision(2));
  return [...new Set([0.25, 0.5, 0.75].map(at))].filter((one) => one > 0);
}

const stepOf = (kw, limits) => 1 + limits.filter((one) => kw >= one).length;

class HostingState extends GridState {
  constructor(model) {
    super(model);
    this.step = new Map();
  }

  derive() {
    super.derive();
    this.markers = [];
    this.priorities = new Map();
  }

  /** Of a line the lesser of its ends'. */
  priority(ref) {
    if (ref.kind === "nodes") return this.step.get(ref.index) ?? 0;
    if (ref.kind !== "lines") return 0;
    const { from, to } = this.model.doc.lines;
    return Math.min(this.step.get(from[ref.index]) ?? 0, this.step.get(to[ref.index]) ?? 0);
  }
}

const shade = (plain) => {
  const steps = Array.from({ length: STEPS }, (_, n) => [`p${n + 1}`, canvasColour(document.body, `var(--host-${n + 1})`)]);
  return { ...plain, ...Object.fromEntries(steps) };
};

export class HostingMap {
  constructor(onPick) { Object.assign(this, { onPick, rows: null, newest: null }); }

  async open() {
    try {
      this.model = await loadModel();
    } catch (error) {
      setText(byId("map-message"), `The network cannot be shown: ${error.message}`);
      setTimeout(() => this.open(), RETRY_MS);
      return;
    }
    this.state = new HostingState(this.model);
    this.view = await makeView({
      container: byId("map"), model: this.model, shade, onPick: (ref) => this.#pick(ref), onHover: (ref, at) => this.#hover(ref, at),
      padding: () => ({ top: 48, right: 16, bottom: 28, left: 190 }),
    });
    byId("fit").addEventListener("click", () => this.view.fit());
    byId("zoom-in").addEventListener("click", () => this.view.zoom(1));
    byId("zoom-out").addEventListener("click", () => this.view.zoom(-1));
    bind("f", () => this.view.fit());
    live.addEventListener("grid", ({ detail }) => this.#take(detail));
    if (live.newestGrid) this.#take(live.newestGrid);
    this.#draw();
  }

  #take(detail) {
    try {
      const frame = decode(detail);
      if (this.state.take(frame)) this.#draw();
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
    }
  }

  show(rows) {
    this.rows = new Map(rows.map((row) => [row.mrid, row]));
    this.limits = rows.length ? bounds(rows.map((row) => row.capacity_kw)) : [];
    const names = ["0", ...this.limits.map((one) => number(one, "kW", 0))];
    byId("hosting-legend").replaceChildren(
      ...names.map((from, n) => h("li", {}, h("span", { class: "host-key", "data-step": n + 1 }), n + 1 < names.length ? `${from} to ${names[n + 1]} kW` : `${from} kW and more`)),
      h("li", {}, h("span", { class: "host-key", "data-step": 0 }), "not worked out"));
    byId("hosting-legend").hidden = !rows.length;
    this.#draw();
  }

  #draw() {
    if (!this.view) return;
    if (!this.state.frame) {
      setText(byId("map-message"), "Waiting for the state of the grid.");
      return;
    }
    byId("map-message").hidden = true;
    this.state.step = new Map([...(this.rows ?? [])].flatMap(([mrid, row]) => {
      const ref = this.model.byMrid.get(mrid);
      return ref?.kind === "nodes" ? [[ref.index, stepOf(row.capacity_kw, this.limits)]] : [];
    }));
    this.view.update(this.state);
    byId("map").dataset.coloured = this.state.step.size;
  }

  #row(ref) { return ref?.kind === "nodes" ? this.rows?.get(this.model.mrid(ref)) : null; }

  #hover(ref, at) {
    const row = this.#row(ref), card = byId("hover");
    card.hidden = !row;
    if (!row) return;
    card.replaceChildren(h("b", {}, row.name), h("p", {}, `${number(row.capacity_kw, "kW", 0)} kW. ${row.sentence}`));
    card.style.translate = `${at.x + 14}px ${at.y + 14}px`;
  }

  #pick(ref) {
    const row = this.#row(ref);
    if (row) this.onPick(row.mrid);
  }

  goTo(mrid) {
    const ref = this.model?.byMrid.get(mrid);
    if (!ref || !this.view) return;
    this.view.select(ref);
    this.view.goTo(ref);
  }
}
