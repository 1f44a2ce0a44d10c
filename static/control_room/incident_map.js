/** The live network with what is dead, and the sections that may hold the fault by strength of one scale, never in the colours of alarms. */
import { elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { BadFrame, decode } from "../js/frame.js";
import { bind } from "../js/keyboard.js";
import { live } from "../js/live.js";
import { canvasColour } from "./canvas_colour.js";
import { loadModel } from "./geometry.js";
import { DEAD, GridState, LIVE } from "./grid_state.js";
import { showHover } from "./hover.js";
import { likelihoodStep, percent } from "./incident_words.js";
import { makeView } from "./map_view.js";

const STEPS = 4, RETRY_MS = 5000, LEAST_DEG = 0.004;

class IncidentState extends GridState {
  constructor(model) {
    super(model);
    this.suspects = new Map();  // of lines and transformers, by mRID: probability and which incident
  }

  derive() {
    super.derive();
    this.markers = [];
    this.priorities = new Map();
  }

  suspect(ref) { return this.suspects.get(this.model.mrid(ref)); }

  priority(ref) { const found = this.suspect(ref); return found ? likelihoodStep(found.probability) : 0; }

  /** A suspect is drawn whole, so that its strength can be seen among the dead lines around it. */
  look(ref) { const plain = super.look(ref); return ref.kind === "lines" && this.suspect(ref) && super.supply(ref) === DEAD ? (plain & ~3) | LIVE : plain; }
}

const shade = (plain) => ({ ...plain, ...Object.fromEntries(Array.from({ length: STEPS }, (_, n) => [`p${n + 1}`, canvasColour(document.body, `var(--host-${n + 1})`)])) });

export class IncidentMap {
  /** `onPick` is told the number of the incident whose suspect or dead node was picked. */
  constructor(onPick = null) { Object.assign(this, { onPick, incidents: [], wanted: null, newest: null }); }

  async open() {
    try {
      this.model = await loadModel();
    } catch (error) {
      setText(byId("map-message"), `The network cannot be shown: ${error.message}`);
      setTimeout(() => this.open(), RETRY_MS);
      return;
    }
    this.state = new IncidentState(this.model);
    this.view = await makeView({
      container: byId("map"), model: this.model, shade, bounds: () => this.#bounds(), onPick: (ref, opens) => this.#pick(ref, opens),
      onHover: (ref, at) => this.#hover(ref, at), padding: () => ({ top: 48, right: 24, bottom: 28, left: 24 }),
    });
    this.view.fit();  // what is shown may have come meanwhile
    byId("fit").addEventListener("click", () => this.focus(null));
    byId("zoom-in").addEventListener("click", () => this.view.zoom(1));
    byId("zoom-out").addEventListener("click", () => this.view.zoom(-1));
    bind("f", () => this.focus(null));
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

  show(incidents) {
    const places = JSON.stringify(incidents.map(({ number, nodes }) => [number, nodes.length]));
    const isOther = places !== this.places;
    Object.assign(this, { incidents, places });
    this.#draw();
    if (isOther && this.view) this.view.fit();
  }

  /** Only this incident, or all of them again. */
  focus(number) {
    this.wanted = number;
    this.view?.fit();
  }

  #draw() {
    if (!this.view) return;
    this.state.suspects = this.#suspects();
    byId("map").dataset.suspects = this.state.suspects.size;
    if (!this.state.frame) return setText(byId("map-message"), "Waiting for the state of the grid.");
    byId("map-message").hidden = true;
    this.view.update(this.state);
  }

  /** An element that two incidents suspect has the greater probability. */
  #suspects() {
    const found = new Map();
    for (const { number, candidates } of this.incidents) {
      for (const section of candidates) {
        for (const one of [...section.lines, ...section.transformers]) {
          const probability = section.is_confirmed ? 1 : section.probability;
          if ((found.get(one.mrid)?.probability ?? -1) < probability) found.set(one.mrid, { number, section: section.name, probability, own: one.probability });
        }
      }
    }
    return found;
  }

  #pick(ref, opens) {
    this.view.select(ref);
    const found = ref && this.state.suspect(ref);
    if (opens && ref && this.model.mrid(ref)) location.assign(elementUrl(this.model.mrid(ref)));
    else if (found && this.onPick) this.onPick(found.number);
  }

  #hover(ref, at) {
    const found = ref && this.state?.suspect(ref);
    if (!found) return this.state?.frame ? showHover(ref, at, this.model, this.state) : undefined;
    const card = byId("hover");
    card.hidden = false;
    card.replaceChildren(h("b", {}, this.model.name(ref)), h("p", {}, `${found.number}: the fault is in this section with ${percent(found.probability)}${found.own === null || found.own === undefined ? "" : `, in this element with ${percent(found.own)}`}.`), h("p", { class: "small muted" }, found.section));
    const area = card.parentElement.getBoundingClientRect(), { width, height } = card.getBoundingClientRect();
    card.style.left = `${Math.max(0, Math.min(at.x + 18, area.width - width - 8))}px`;
    card.style.top = `${Math.max(0, Math.min(at.y + 14, area.height - height - 8))}px`;
    return undefined;
  }

  goTo(mrid) {
    const ref = this.model?.byMrid.get(mrid);
    if (!ref || !this.view) return;
    this.view.select(ref);
    this.view.goTo(ref);
  }

  /** Around what lost supply; the whole network where nothing did. */
  #bounds() {
    const chosen = this.wanted ? this.incidents.filter(({ number }) => number === this.wanted) : this.incidents;
    const at = chosen.flatMap(({ nodes }) => nodes).map((mrid) => this.model.byMrid.get(mrid)).filter(Boolean).map((ref) => this.model.position(ref));
    if (!at.length) return this.model.bounds;
    const [xs, ys] = [at.map(([x]) => x), at.map(([, y]) => y)];
    return [Math.min(...xs) - LEAST_DEG, Math.min(...ys) - LEAST_DEG, Math.max(...xs) + LEAST_DEG, Math.max(...ys) + LEAST_DEG];
  }
}
