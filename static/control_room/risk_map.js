/** The map of the overview, coloured by how likely lines and transformers fail: strength of one scale, never the colours of alarms. */
import { byId, h, setText } from "../js/dom.js";
import { BadFrame, decode } from "../js/frame.js";
import { bind } from "../js/keyboard.js";
import { live } from "../js/live.js";
import { canvasColour } from "./canvas_colour.js";
import { loadModel } from "./geometry.js";
import { GridState } from "./grid_state.js";
import { makeView } from "./map_view.js";

const STEPS = 4, RETRY_MS = 5000;

class RiskState extends GridState {
  constructor(model) {
    super(model);
    this.step = new Map();
  }

  derive() {
    super.derive();
    this.markers = [];
    this.priorities = new Map();
  }

  priority(ref) { return this.step.get(`${ref.kind} ${ref.index}`) ?? 0; }
}

const shade = (plain) => ({ ...plain, ...Object.fromEntries(Array.from({ length: STEPS }, (_, n) => [`p${n + 1}`, canvasColour(document.body, `var(--host-${n + 1})`)])) });

export class RiskMap {
  constructor(onPick, words) { Object.assign(this, { onPick, words, rows: new Map(), values: new Map(), limits: [] }); }

  async open() {
    try {
      this.model = await loadModel();
    } catch (error) {
      setText(byId("map-message"), `The network cannot be shown: ${error.message}`);
      setTimeout(() => this.open(), RETRY_MS);
      return;
    }
    this.state = new RiskState(this.model);
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
      if (this.state.take(decode(detail))) this.#draw();
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
    }
  }

  /** rows: of elements; values: chance by mRID; limits: where the steps of the scale begin. */
  show(rows, values, limits) {
    Object.assign(this, { rows: new Map(rows.map((row) => [row.mrid, row])), values, limits });
    const names = ["0", ...limits.map(this.words)];
    byId("risk-legend").replaceChildren(...names.map((from, n) => h("li", {}, h("span", { class: "host-key", "data-step": n + 1 }), n + 1 < names.length ? `${from} to ${names[n + 1]}` : `${from} and more`)));
    byId("risk-legend").hidden = !rows.length;
    this.#draw();
  }

  #draw() {
    if (!this.view) return;
    if (!this.state.frame) {
      setText(byId("map-message"), "Waiting for the state of the grid.");
      return;
    }
    byId("map-message").hidden = true;
    this.state.step = new Map([...this.values].flatMap(([mrid, value]) => {
      const ref = this.model.byMrid.get(mrid);
      return ref ? [[`${ref.kind} ${ref.index}`, 1 + this.limits.filter((one) => value >= one).length]] : [];
    }));
    this.view.update(this.state);
    byId("map").dataset.coloured = this.state.step.size;
  }

  #row(ref) { return ref ? this.rows.get(this.model.mrid(ref)) : null; }

  #hover(ref, at) {
    const row = this.#row(ref), card = byId("hover");
    card.hidden = !row;
    if (!row) return;
    card.replaceChildren(h("b", {}, row.name), h("p", {}, `${this.words(this.values.get(row.mrid))} of failing; ${row.customers} customers would lose supply.`));
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
