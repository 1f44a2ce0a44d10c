/** Members of a microgrid: how each stands, and what may be changed of it. */
import { h } from "../js/dom.js";
import { number } from "../js/format.js";
import { NOTHING, known, kw, kwh, reading } from "./microgrid_words.js";

const GENERATOR = ["least_kw", "fuel_kwh", "start_cost_eur", "fuel_cost_eur_per_kwh", "emissions_kg_per_kwh"];
const DECIMALS = { least_kw: 1, fuel_kwh: 0, start_cost_eur: 2, fuel_cost_eur_per_kwh: 3, emissions_kg_per_kwh: 3 };
const NAMES = { least_kw: "least power", fuel_kwh: "tank", start_cost_eur: "cost of a start", fuel_cost_eur_per_kwh: "fuel cost", emissions_kg_per_kwh: "emissions" };

export class Members {
  /** changed: told whenever there is something to keep, or no more. */
  constructor(body, { mayManage, priorities, changed }) {
    Object.assign(this, { body, mayManage, priorities, changed, edits: new Map(), rows: [] });
  }

  get isEditing() { return this.edits.size > 0; }

  draw(rows) {
    if (this.isEditing || this.body.contains(document.activeElement)) return this.#live(rows);
    this.rows = rows;
    this.body.replaceChildren(...rows.map((one) => this.#row(one)));
    return undefined;
  }

  undo() {
    this.edits.clear();
    this.changed();
    this.draw(this.rows);
  }

  changes() { return [...this.edits].map(([mrid, fields]) => ({ element_mrid: mrid, ...fields })); }

  /** While somebody types only the live cells move. */
  #live(rows) {
    const of = new Map(rows.map((one) => [one.element_mrid, one]));
    for (const row of this.body.rows) {
      const one = of.get(row.dataset.mrid);
      if (!one) continue;
      row.querySelector(".power").replaceChildren(reading(one.p_kw, 1));
      row.querySelector(".stands").textContent = stands(one);
    }
  }

  #row(one) {
    return h("tr", { "data-mrid": one.element_mrid, "data-cut": one.is_cut ? "yes" : "no" },
      h("th", { scope: "row" }, h("a", { href: `/elements/${one.element_mrid}/` }, one.name)), h("td", {}, one.kind_label), h("td", {}, this.#priority(one)),
      h("td", { class: "number power live-value" }, reading(one.p_kw, 1)), h("td", { class: "small muted" }, one.p_kw.known_label),
      h("td", { class: "number" }, kw(one.rated_kw)), h("td", { class: "stands" }, stands(one)), h("td", { class: "number" }, one.customers ? number(one.customers, "", 0) : ""),
      ...GENERATOR.map((name) => h("td", { class: "number" }, one.kind === "generator" ? this.#figure(one, name) : "")));
  }

  #priority(one) {
    if (one.kind !== "load") return "";
    const word = this.priorities.find(({ value }) => value === one.priority)?.label ?? NOTHING;
    if (!this.mayManage) return `${one.priority} ${word.toLowerCase()}`;
    const choice = h("select", { "aria-label": `Priority of ${one.name}`, onchange: () => this.#edit(one, "priority", Number(choice.value)) },
      ...this.priorities.map(({ value, label }) => h("option", { value, selected: value === one.priority }, `${value} ${label.toLowerCase()}`)));
    return choice;
  }

  #figure(one, name) {
    const value = one[name];
    if (!this.mayManage) return known(value) ? number(value, "", DECIMALS[name]) : "no end";
    const field = h("input", { type: "number", min: 0, step: "any", value: known(value) ? value : "", placeholder: name === "fuel_kwh" ? "no end" : "", "aria-label": `${one.name}: ${NAMES[name]}`, onchange: () => this.#typed(one, name, field) });
    return field;
  }

  #typed(one, name, field) {
    if (field.value === "" && name !== "fuel_kwh") return undefined;
    return this.#edit(one, name, field.value === "" ? null : Number(field.value));
  }

  #edit(one, name, value) {
    const edits = { ...(this.edits.get(one.element_mrid) ?? {}), [name]: value };
    if (value === one[name]) delete edits[name];
    if (Object.keys(edits).length) this.edits.set(one.element_mrid, edits);
    else this.edits.delete(one.element_mrid);
    this.changed();
  }
}

function stands(one) {
  if (one.kind === "load") return one.is_cut ? "CUT" : one.is_cut === null ? "not known" : "served";
  if (one.kind === "storage") return known(one.soc_kwh) ? `${kwh(one.soc_kwh)} of ${kwh(one.capacity_kwh)} kWh` : "charge not known";
  if (one.kind === "generator") return `${one.running === null ? "not known" : one.running ? "runs" : "rests"}, ${known(one.fuel_left_kwh.value) ? `${kwh(one.fuel_left_kwh.value)} kWh of fuel` : "fuel not known"}`;
  return known(one.available_kw.value) ? `could give ${kw(one.available_kw.value)} kW` : "";
}
