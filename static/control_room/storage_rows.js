/** The table of plants on the fleet desk. */
import { h } from "../js/dom.js";
import { instant, number, when } from "../js/format.js";
import { live } from "../js/live.js";
import { NOTHING, RATINGS, chargeBar, chargeWords, courseUrl, known, kw, money, narrowedWords, percent, plantUrl, way } from "./storage_words.js";

const LATE_S = 120;
const FREE = "rated power";

function charge(plant) {
  const at = plant.soc_as_of && instant(plant.soc_as_of);
  const late = at && live.now() - at > LATE_S * 1000;
  return h("td", { class: "charge-cell live-value" }, chargeBar(plant.soc, plant.soc_sigma),
    h("span", { class: "small figures", title: at ? `as of ${when(at, live.now())}` : "" }, known(plant.soc) ? `${chargeWords(plant.soc, plant.soc_sigma)}${late ? " OLD" : ""}` : ""));
}

function health({ health: told }) {
  if (!told) return h("td", { class: "number muted", title: "Estimated each night from operation; no night has told it yet." }, NOTHING);
  return h("td", { class: "number", title: `of ${told.racks} racks, ${when(instant(told.as_of), live.now())}` }, percent(told.capacity, 1), h("span", { class: "small muted" }, ` ± ${percent(told.sigma, 1)}`));
}

const warmth = (plant) => h("td", { class: "number live-value" }, number(plant.temperature_c, "°C", 1), h("span", { class: "small muted" }, known(plant.temperature_spread_c) ? ` ↕ ${number(plant.temperature_spread_c, "K", 1)}` : ""));

/** What it may do now, and what leaves no more. */
function limits({ may, narrowed }) {
  if (!may) return h("td", { class: "muted small" }, "not judged yet");
  const by = [...new Set([may.charge_by, may.discharge_by])].filter((one) => one !== FREE).map((one) => RATINGS[one] ?? one);
  const who = [...new Set(narrowed.map((one) => one.set_by))];
  return h("td", { class: "small" }, h("span", { class: "figures" }, `+${number(may.charge_kw, "kW", 0)} −${number(may.discharge_kw, "kW", 0)}`), by.length ? ` by ${by.join(", ")}` : "",
    narrowed.length ? h("span", { class: "narrowed", title: narrowed.map(narrowedWords).join("\n") }, ` narrowed by ${who.join(", ")}`) : "");
}

function condition(plant) {
  const word = plant.is_tripped ? "Tripped, latched" : plant.level_label ?? "Not judged";
  const mark = plant.level && plant.level !== "normal" ? "grave" : "";
  return h("td", { class: "condition", title: plant.reasons.join("\n") }, h("span", { class: `level ${mark}`, "data-level": plant.level ?? "none" }, word),
    plant.reasons.length ? h("span", { class: "small muted reason" }, plant.reasons[0]) : "");
}

function plan(plant) {
  const { plan: told } = plant;
  const until = told.until ? ` until ${when(instant(told.until), live.now())}` : "";
  return h("td", { class: "small" }, h("a", { href: told.course ? courseUrl(told.course) : `${plantUrl(plant.mrid)}#schedule`, title: told.reason }, told.state_label), h("span", { class: "muted" }, until), told.reason && !told.until ? h("span", { class: "muted reason" }, told.reason) : "");
}

function cycles({ warranty_cycles: told }) {
  if (!known(told.counted)) return h("td", { class: "number muted", title: "Counted each night from the first whole day on." }, NOTHING);
  const used = told.limit ? `${percent(told.counted / told.limit, 1)} %` : "";
  return h("td", { class: "number" }, number(told.counted, "", 1), h("span", { class: "small muted" }, told.limit ? ` / ${number(told.limit, "cycles", 0)} = ${used}` : " no term"));
}

const week = ({ week: told }) => h("td", { class: "number", title: told ? `${told.days} of 7 days are known` : "No day is settled yet." }, told ? `${money(told.earned)} ${told.currency}` : NOTHING);

function power(plant) {
  const off = known(plant.power_kw) && known(plant.planned_kw) && Math.abs(plant.power_kw - plant.planned_kw) > 0.05 * Math.max(plant.charge_kw, plant.discharge_kw);
  return [h("td", { class: "number live-value" }, kw(plant.power_kw), h("span", { class: "small muted" }, ` ${way(plant.power_kw)}`)),
    h("td", { class: off ? "number off-plan" : "number", title: off ? "Differs from the meter by more than 5 % of the rated power." : "" }, kw(plant.planned_kw))];
}

export function plantRow(plant, { chosen, choose, withFleet }) {
  const pick = h("button", { type: "button", class: "quiet pick", "aria-pressed": String(plant.mrid === chosen), title: `Show ${plant.name} in the chart`, onclick: () => choose(plant.mrid) }, "Chart");
  return h("tr", { "data-plant": plant.mrid, "data-available": plant.is_available ? "yes" : "no", "aria-current": plant.mrid === chosen && "true" },
    h("th", { scope: "row" }, h("a", { href: plantUrl(plant.mrid) }, plant.name), withFleet ? h("span", { class: "small muted reason" }, plant.fleet) : ""),
    charge(plant), ...power(plant), condition(plant), limits(plant), plan(plant), health(plant), warmth(plant), week(plant), cycles(plant), h("td", {}, pick));
}
