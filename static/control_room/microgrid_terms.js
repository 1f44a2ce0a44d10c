/** What nobody measures of a microgrid: how its equipment is believed to behave, and what things are worth. */
import { api, exchange, get, reason } from "../js/api.js";
import { byId, h, say, setText } from "../js/dom.js";

const OK = 200;
// Title, by group and name of the API; `open` may be empty.
const FIELDS = {
  readiness: {
    least_soc: ["Storages give nothing below, share of full"], one_way_efficiency: ["Efficiency of a storage one way, share"],
    soc_sigma: ["Error of the charge that is told, share"], start_failure: ["Starts of a generator that fail, share"],
    hours_between_failures: ["Generator runs between failures, h"], shed_important_below: ["Important loads are cut below, share of charge"],
    shed_deferrable_below: ["Deferrable loads are cut below, share of charge"], lost_critical_eur_per_kwh: ["Critical load not served, EUR/kWh"],
    lost_important_eur_per_kwh: ["Important load not served, EUR/kWh"], lost_deferrable_eur_per_kwh: ["Deferrable load not served, EUR/kWh"],
    expected_outage_h: ["An outage of the grid lasts, h", "record"], outages_per_year: ["Outages of the grid a year", "record"],
  },
  schedule: {
    wear_eur_per_kwh: ["Wear of storages, EUR/kWh given"], emissions_eur_per_kg: ["Emissions, EUR/kg"], peak_eur_per_kw: ["Peak of the month, EUR/kW"],
    peak_reached_kw: ["Peak reached this month, kW"], reserve_eur_per_kwh_h: ["Reserve that is missing, EUR/kWh and hour"],
    import_kw: ["Connection takes at most, kW", "none"], export_kw: ["Connection gives at most, kW", "none"],
  },
};

/** Only what a person typed is sent, so that nobody's newer figure is written over. */
export class Terms {
  constructor({ mrid, mayManage, changed }) {
    Object.assign(this, { url: api(`microgrids/${mrid}/terms`), mayManage, changed, told: null });
    const form = byId("terms-form");
    form.addEventListener("input", () => this.#mark());
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#save(); });
    byId("terms-undo")?.addEventListener("click", () => { setText(byId("terms-outcome"), ""); this.#draw(); });
  }

  async refresh() {
    if (this.told && Object.values(this.#edits()).some((group) => Object.keys(group).length)) return;
    this.told = await get(this.url);
    this.#draw();
  }

  #draw() {
    const inputs = (group) => Object.entries(FIELDS[group]).map(([name, [title, empty]]) => {
      const value = this.told[group][name];
      return h("label", {}, title, h("input", { type: "number", name, min: 0, step: "any", value: value ?? "", placeholder: empty ?? "", required: !empty, disabled: !this.mayManage, "data-group": group }));
    });
    const proposes = h("label", { class: "tick" }, h("input", { type: "checkbox", name: "proposes", checked: this.told.schedule.proposes, disabled: !this.mayManage, "data-group": "schedule" }), "Its schedule is proposed to dispatch");
    byId("terms-readiness").replaceChildren(...inputs("readiness"));
    byId("terms-schedule").replaceChildren(...inputs("schedule"), proposes);
    setText(byId("terms-state"), this.told.is_default ? "Nobody has entered any: all are assumptions" : "Entered by a person");
    this.#mark();
  }

  #edits() {
    const found = { readiness: {}, schedule: {} };
    for (const field of byId("terms-form").querySelectorAll("[data-group]")) {
      const value = field.type === "checkbox" ? field.checked : field.value === "" ? null : Number(field.value);
      if (value !== this.told[field.dataset.group][field.name]) found[field.dataset.group][field.name] = value;
    }
    return found;
  }

  #mark() {
    const none = Object.values(this.#edits()).every((group) => !Object.keys(group).length);
    for (const id of ["terms-save", "terms-undo"]) if (byId(id)) byId(id).hidden = none;
  }

  async #save() {
    const { status, body } = await exchange(this.url, "PATCH", this.#edits());
    setText(byId("terms-outcome"), status === OK ? "" : reason(body, status));
    if (status !== OK) return;
    this.told = body;
    this.#draw();
    say("Kept: the next run of hours alone and of the schedule uses them.");
    this.changed();
  }
}
