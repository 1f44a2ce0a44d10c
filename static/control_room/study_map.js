import { get } from "../js/api.js";
import { byId, setText } from "../js/dom.js";
import { decode } from "../js/frame.js";
import { bind } from "../js/keyboard.js";
import { Model } from "./geometry.js";
import { showHover } from "./hover.js";
import { makeView } from "./map_view.js";
import { StudyState, withoutAlarmColours } from "./study_state.js";

function tell(text) {
  setText(byId("map-message"), text);
  byId("map-message").hidden = !text;
}

async function frameOf(url) {
  const response = await fetch(url, { credentials: "same-origin" });
  return response.ok ? decode(await response.arrayBuffer()) : null;
}

/** The map of one study's own version of the network. */
export class StudyMap {
  constructor(base, onPick) {
    Object.assign(this, { base, onPick, wanted: null, shown: null });
  }

  async open() {
    try {
      this.model = new Model(await get(`${this.base}/geometry`));
    } catch (error) {
      tell(`The network cannot be shown: ${error.message}`);
      return;
    }
    this.state = new StudyState(this.model);
    this.view = await makeView({
      container: byId("map"), model: this.model, shade: withoutAlarmColours,
      onPick: (ref) => this.#pick(ref), onHover: (ref, at) => this.state.frame && showHover(ref, at, this.model, this.state),
      padding: () => ({ top: 48, right: 16, bottom: 28, left: 16 }),
    });
    byId("fit").addEventListener("click", () => this.view.fit());
    byId("zoom-in").addEventListener("click", () => this.view.zoom(1));
    byId("zoom-out").addEventListener("click", () => this.view.zoom(-1));
    bind("f", () => this.view.fit());
    tell(this.wanted ? "" : "Run a power flow to see the state.");
    if (this.wanted) this.show(this.wanted);
  }

  #pick(ref) {
    this.view.select(ref);
    if (ref && this.model.mrid(ref)) this.onPick({ mrid: this.model.mrid(ref), name: this.model.name(ref), class: this.model.className(ref) });
  }

  async show(run) {
    this.wanted = run;
    if (!this.view) return;
    const frame = await frameOf(`${this.base}/runs/${run}/frame`);
    if (!frame || this.wanted !== run || !this.state.take(frame)) return;
    tell("");
    this.view.update(this.state);
    byId("map").dataset.run = run;
  }

  /** Between which voltages, pu, a node belongs; nothing until the network is there. */
  limits(mrid) {
    const ref = this.model?.byMrid.get(mrid);
    return ref ? this.model.limits(ref) : [];
  }

  goTo(mrid) {
    const ref = this.model?.byMrid.get(mrid);
    if (!ref) return;
    this.view.select(ref);
    this.view.goTo(ref);
  }
}
