/** The network before and after a proposal: what changes stands out, the rest is faint, switches that move are marked. */
import { api, get } from "../js/api.js";
import { elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { SWITCH, decode } from "../js/frame.js";
import { bind } from "../js/keyboard.js";
import { Model } from "./geometry.js";
import { showHover } from "./hover.js";
import { makeView } from "./map_view.js";
import { StudyState, withoutAlarmColours } from "./study_state.js";

const POSITION = 3, OFF_NORMAL = 128, LEAST_DEG = 0.004;
const MOMENTS = ["before", "after"];

async function frameOf(url) {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error("The picture cannot be read.");
  return decode(await response.arrayBuffer());
}

const changed = (was, now) => [...was.keys()].filter((n) => !Number.isNaN(was[n]) || !Number.isNaN(now[n]));

export class ProposalMap {
  constructor(id) { Object.assign(this, { id, moment: "after", checked: "" }); }

  /** Anew only where the proposal has been checked anew. */
  async show(told) {
    const checked = `${told.proposal.verified_at} ${told.picture?.network_version}`;
    if (checked === this.checked) return;
    this.checked = checked;
    if (!told.picture) return this.#tell("There is no picture: the power flow of this proposal was not solved.");
    try {
      await this.#load(told.picture);
    } catch (error) {
      this.#tell(error.message);
    }
  }

  #tell(words) {
    setText(byId("map-message"), words);
    byId("map-message").hidden = !words;
  }

  async #load({ network_version: version, nodes, branches, least_pu: pu, least_loading_percent: percent }) {
    const frames = await Promise.all(MOMENTS.map((moment) => frameOf(api(`proposals/${this.id}/frames/${moment}`))));
    this.model ??= new Model(await get(api(`network/geometry?version=${version}`)));
    this.state ??= new StudyState(this.model);
    this.moved = [...frames[0].switchState.keys()].filter((n) => (frames[0].switchState[n] & POSITION) !== (frames[1].switchState[n] & POSITION));
    this.frames = Object.fromEntries(MOMENTS.map((moment, n) => [moment, this.#marked(frames[n])]));
    this.members = {
      nodes: new Set(changed(frames[0].nodeVoltage, frames[1].nodeVoltage)), lines: new Set(changed(frames[0].lineLoading, frames[1].lineLoading)),
    };
    await this.#open();
    this.draw(this.moment);
    this.#tell("");
    byId("map").dataset.ready = "yes";
    setText(byId("map-facts"), `Strong: beyond a limit. Faint: changes by less than ${number(pu, "pu", 4)} pu or ${number(percent, "%", 1)} %. Framed: a switch that moves. Changed: ${nodes} nodes, ${branches} branches.`);
    byId("moved").replaceChildren(...this.moved.map((n) => this.#switchLine(n, frames)));
  }

  async #open() {
    if (this.view) return;
    this.view = await makeView({
      container: byId("map"), model: this.model, shade: withoutAlarmColours, members: this.members, bounds: () => this.#bounds(),
      onPick: (ref, opens) => { this.view.select(ref); if (opens && this.model.mrid(ref)) location.assign(elementUrl(this.model.mrid(ref))); },
      onHover: (ref, at) => showHover(ref, at, this.model, this.state), padding: () => ({ top: 48, right: 24, bottom: 28, left: 24 }),
    });
    for (const moment of MOMENTS) byId(`map-${moment}`).addEventListener("click", () => this.draw(moment));
    byId("fit").addEventListener("click", () => this.view.fit());
    byId("zoom-in").addEventListener("click", () => this.view.zoom(1));
    byId("zoom-out").addEventListener("click", () => this.view.zoom(-1));
    bind("f", () => this.view.fit());
    bind("v", () => this.draw(this.moment === "after" ? "before" : "after"));
  }

  draw(moment) {
    this.moment = moment;
    for (const one of MOMENTS) byId(`map-${one}`).setAttribute("aria-pressed", String(one === moment));
    if (this.state.take(this.frames[moment])) this.view.update(this.state);
    byId("map").dataset.moment = moment;
  }

  /** The sign of a switch that is off normal is drawn at every zoom: here it is that of a switch that moves. */
  #marked(frame) {
    const moved = new Set(this.moved);
    const switchState = frame.switchState.map((value, n) => (moved.has(n) ? value | OFF_NORMAL : value & ~OFF_NORMAL));
    return { ...frame, switchState };
  }

  #switchLine(n, frames) {
    const words = frames.map((frame) => SWITCH[frame.switchState[n] & POSITION]).join(" → ");
    const ref = { kind: "switches", index: n };
    return h("li", {}, h("button", { type: "button", class: "quiet", onclick: () => { this.view.select(ref); this.view.goTo(ref); } }, this.model.name(ref)), ` ${words}`);
  }

  /** Around what changes and what moves; the whole network where nothing does. */
  #bounds() {
    const { lines } = this.model.doc;
    const nodes = [...this.members.nodes, ...[...this.members.lines].flatMap((n) => [lines.from[n], lines.to[n]])];
    const at = [...nodes.map((n) => this.model.at(n)), ...this.moved.map((n) => this.model.position({ kind: "switches", index: n }))];
    if (!at.length) return this.model.bounds;
    const [xs, ys] = [at.map(([x]) => x), at.map(([, y]) => y)];
    return [Math.min(...xs) - LEAST_DEG, Math.min(...ys) - LEAST_DEG, Math.max(...xs) + LEAST_DEG, Math.max(...ys) + LEAST_DEG];
  }
}
