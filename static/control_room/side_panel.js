import { alarms } from "../js/alarm_store.js";
import { STATE, refreshAges, symbol } from "../js/alarm_view.js";
import { api, get } from "../js/api.js";
import { diagramUrl, elementUrl } from "../js/config.js";
import { byId, h } from "../js/dom.js";
import { number, time } from "../js/format.js";
import { SUPPLY } from "../js/frame.js";
import { classWord, placeOf } from "../js/names.js";
import { frameRows, pathOf } from "./hover.js";
import { suppliedBy, supplyWord } from "./islands.js";
import { gauge, loadingBar, pageScale, provenanceMark, valueRow, voltageBar } from "./values.js";

const MOST = 40;
const BADGE_WORD = { "U<": "voltage low", "U>": "voltage high", "I>": "overload" };

export class SidePanel {
  constructor({ model, state, choose }) {
    Object.assign(this, { model, state, choose, ref: null, values: null, fault: "" });
    setInterval(() => refreshAges(byId("selected")), 1000);
  }

  show(ref) {
    this.ref = ref;
    this.values = null;
    this.fault = "";
    this.drawSelected();
    this.refresh();
  }

  async refresh() {
    const ref = this.ref;
    const mrid = ref && this.model.mrid(ref);
    if (!mrid) return;
    try {
      const values = await get(api(`state/elements/${mrid}`));
      if (this.ref !== ref) return;
      Object.assign(this, { values, fault: "" });
    } catch (error) {
      if (this.ref !== ref) return;
      this.fault = error.message;
    }
    this.drawSelected();
  }

  drawSelected() {
    const box = byId("selected");
    if (!this.ref) {
      box.replaceChildren(h("p", { class: "empty" }, "Select equipment on the map, or press ", h("kbd", {}, "/"), " to search."));
      return;
    }
    box.replaceChildren(...(this.ref.kind === "stations" ? this.#station() : this.#element()));
  }

  #head(name, detail, link) {
    return h("header", { class: "named" }, h("div", {}, h("b", {}, name), h("div", { class: "small muted" }, detail)), h("span", { class: "spring" }), link);
  }

  #element() {
    const { model, state, ref } = this;
    const mrid = model.mrid(ref);
    const open = h("span", { class: "ways" }, h("a", { class: "button", href: diagramUrl(mrid) }, "Diagram"), h("a", { class: "button", href: elementUrl(mrid) }, "Open"));
    const head = this.#head(model.name(ref), `${classWord(model.className(ref))} › ${(this.values && placeOf(this.values.path, this.values.name)) || pathOf(ref, model)}`, open);
    const supply = this.values?.supply ?? SUPPLY[state.supply(ref)];
    const line = h("p", { class: "supply", "data-supply": supply }, supplyWord(supply, this.values?.supplied_by ?? suppliedBy(ref, model)));
    const own = alarms.byEquipment(mrid).map((alarm) => h("p", { class: "own-alarm" }, symbol(alarm.priority, alarm.state), h("span", {}, alarm.message), h("span", { class: "small" }, STATE[alarm.state].short)));
    const values = this.values?.values ?? [];
    const scaleFor = pageScale(values);
    const table = values.length
      ? h("table", { class: "values compact" }, h("tbody", {}, values.map((value) => valueRow(value, scaleFor, { compact: true }))))
      : h("div", { class: "pairs" }, frameRows(ref, model, state));
    return [head, line, ...own, table, this.fault ? h("p", { class: "empty" }, this.fault) : ""];
  }

  async #stationPage(name) {
    const { ref } = this;
    const { results } = await get(api(`network/substations?${new URLSearchParams({ name, page_size: "50" })}`));
    const found = results.find((station) => station.name === name);
    if (!found || this.ref !== ref) return;
    byId("open-station")?.setAttribute("href", elementUrl(found.mrid));
    byId("station-diagram")?.setAttribute("href", diagramUrl(found.mrid));
  }

  #station() {
    const { model, state } = this;
    const station = model.stations[this.ref.index];
    const open = h("span", { class: "ways" }, h("a", { class: "button", id: "station-diagram" }, "Diagram"), h("a", { class: "button", id: "open-station" }, "Open"));
    this.#stationPage(station.name).catch(() => {});
    const item = (kind, index) => ({ ref: { kind, index }, name: model.name({ kind, index }) });
    const items = [...station.transformers.map((i) => item("transformers", i)), ...station.busbars.map((i) => item("nodes", i))];
    return [this.#head(station.name, `Substation › ${station.kv} kV`, open), h("ul", { class: "picks" }, items.map(({ ref, name }) => {
      return this.#pick(ref, name, this.#gauge(ref));
    }))];
  }

  /** The voltage of a node or the loading of a branch, between its limits. */
  #gauge(ref) {
    const { loading, pu } = this.state.value(ref) ?? {};
    if (ref.kind === "nodes") return gauge(number(pu, "pu"), "pu", voltageBar(pu, this.model.limits(ref)));
    return gauge(number(loading * 100, "%"), "%", loadingBar(loading));
  }

  #pick(ref, name, shown, lead = "") {
    const press = () => this.choose(ref);
    return h("li", {}, h("button", { type: "button", class: "quiet pick", onclick: press }, lead, h("span", {}, name), h("span", { class: "spring" }), shown));
  }

  drawAbnormal() {
    const { model, state } = this;
    const { counts, violations, offNormal } = state;
    const head = (text, n) => h("header", {}, h("h2", {}, text), h("span", { class: "spring" }), h("span", { class: "small muted" }, n));
    const worst = violations.slice(0, MOST).map((ref) => {
      const marker = state.markers.find((m) => m.ref.kind === ref.kind && m.ref.index === ref.index);
      const lead = h("span", { class: `badge alarm-p${marker?.priority ?? 3}`, title: BADGE_WORD[marker?.badge] ?? "" }, marker?.badge ?? "");
      return this.#pick(ref, model.name(ref), this.#gauge(ref), lead);
    });
    const switches = offNormal.slice(0, MOST).map((index) => {
      const ref = { kind: "switches", index };
      const { position } = state.value(ref);
      return this.#pick(ref, model.name(ref), h("span", { class: "live-value" }, position), h("span", { class: "switch-glyph", "data-position": position, title: `off normal, ${position}` }));
    });
    const none = (what) => h("p", { class: "empty" }, `0 ${what}, last check ${time(state.frame.asOf)}`);
    const unknown = this.system && this.system.outcome !== "solved";
    const within = () => (unknown ? h("p", { class: "empty" }, `Not known: ${this.system.reason}`) : none("violations"));
    const rest = (list) => (list.length > MOST ? [h("p", { class: "empty" }, `${list.length - MOST} more`)] : []);
    byId("abnormal").replaceChildren(
      head("Beyond limits", unknown ? "–" : String(violations.length)), worst.length ? h("ul", { class: "picks" }, worst) : within(), ...rest(violations),
      ...this.#doubts(head),
      head("Switches off normal", String(offNormal.length)), switches.length ? h("ul", { class: "picks" }, switches) : none("off normal"), ...rest(offNormal),
    );
    this.#drawStations();
    this.#drawQuality(counts);
  }

  /** Only while there are any: nothing is normal about them. */
  #doubts(head) {
    const doubted = this.topology ?? [];
    if (!doubted.length) return [];
    const pick = ({ equipment_mrid: mrid, equipment_name: name, reported, likely }) => {
      const ref = this.model.byMrid.get(mrid);
      const press = () => (ref ? this.choose(ref) : location.assign(elementUrl(mrid)));
      return h("li", {}, h("button", { type: "button", class: "quiet pick", onclick: press }, h("span", {}, name), h("span", { class: "spring" }), h("span", { class: "small live-value" }, `reported ${reported}, meters say ${likely}`)));
    };
    return [head("Switch positions in doubt", String(doubted.length)), h("ul", { class: "picks" }, doubted.map(pick))];
  }

  /** The list comes with the state, not with the frame: asked for when their number is another one. */
  async takeDoubts(count) {
    if (count === (this.topology ?? []).length) return;
    const { topology } = await get(api("state/latest"));
    this.topology = topology;
    if (this.state.frame) this.drawAbnormal();
  }

  /** Every substation in one line: its most loaded transformer and its worst busbar. */
  #drawStations() {
    const { model, state } = this;
    const worst = (kind, indices, of) => indices.map((index) => ({ kind, index })).filter((ref) => Number.isFinite(of(ref))).sort((a, b) => of(b) - of(a))[0];
    const order = [...model.stations.keys()].filter((i) => model.stations[i].busbars.length).sort((a, b) => model.stations[a].label.localeCompare(model.stations[b].label, "en", { numeric: true }));
    const rows = order.map((index) => {
      const { label, name, transformers, busbars } = model.stations[index];
      const ref = { kind: "stations", index };
      const most = worst("transformers", transformers, (at) => state.value(at).loading);
      const far = worst("nodes", busbars, (at) => Math.abs(state.value(at).pu - 1));
      return h("li", {}, h("button", { type: "button", class: "quiet pick station-pick", title: name, onclick: () => this.choose(ref) },
        h("span", {}, label), most ? this.#gauge(most) : h("span", {}), far ? this.#gauge(far) : h("span", { class: "number" }, "–")));
    });
    byId("stations").replaceChildren(h("header", {}, h("h2", {}, "Substations"), h("span", { class: "spring" }), h("span", { class: "small muted" }, "transformer, busbar")), h("ul", { class: "picks" }, rows));
  }

  #drawQuality(counts) {
    const line = (mark, name, n, total) => h("div", { class: "pair" }, h("span", {}, mark, ` ${name}`), h("span", { class: "number", title: `of ${number(total)}` }, number(n)));
    const total = this.model.count("nodes");
    const rows = ["measured", "estimated", "pseudo", "stale"].map((p) => line(provenanceMark(p), p, counts[p], total));
    const supplies = [["dead", "without supply"], ["unobservable", "not observable"]].map(([key, name]) => line(h("span", { class: "line-glyph", "data-supply": key }), name, counts[key], total));
    const { system } = this;
    const links = (system?.links ?? []).map((link) => h("div", { class: "pair" }, h("span", {}, `Link ${link.name}`), h("b", {}, link.state)));
    const points = system ? line("", "measurements good", system.points_good, system.points) : "";
    byId("quality").replaceChildren(h("header", {}, h("h2", {}, "Where the node voltages come from"), h("span", { class: "spring" }), h("span", { class: "small muted" }, `of ${number(total)}`)), h("div", { class: "pairs two" }, rows, supplies, points, links));
  }
}
