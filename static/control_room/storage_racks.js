/** A plant's racks: charge, health, temperatures, cell voltages; and what the battery's own management tells. */
import { h } from "../js/dom.js";
import { instant, number, when } from "../js/format.js";
import { live } from "../js/live.js";
import { elementUrl } from "../js/config.js";
import { stateWord } from "../js/names.js";
import { NOTHING, chargeBar, chargeWords, known, percent, upper } from "./storage_words.js";

const at = (text) => when(instant(text), live.now());
const SOURCES = { filter: "filtered", told: "as told" };

function health({ health: told }) {
  if (!told) return [h("td", { class: "number muted" }, NOTHING), h("td", { class: "number muted" }, NOTHING)];
  const dated = h("span", { class: "small muted reason" }, at(told.as_of));
  return [h("td", { class: "number" }, `${percent(told.capacity, 1)} ± ${percent(told.capacity_sigma, 1)}`, dated),
    h("td", { class: "number" }, known(told.resistance) ? `${percent(told.resistance, 0)} ± ${percent(told.resistance_sigma, 0)}` : NOTHING, known(told.resistance) ? dated.cloneNode(true) : "")];
}

const range = (low, high, unit, decimals) => (known(low) || known(high) ? `${number(low, unit, decimals)} … ${number(high, unit, decimals)}` : NOTHING);

export function rackRow(rack, now) {
  const full = rack.recalibrated_at ? `full ${at(rack.recalibrated_at)}` : "never seen full";
  return h("tr", { "data-rack": rack.mrid }, h("th", { scope: "row" }, rack.name, h("span", { class: "small muted reason" }, `${number(rack.energy_kwh, "kWh", 0)} kWh`)),
    h("td", { class: "charge-cell live-value" }, chargeBar(rack.soc, rack.soc_sigma), h("span", { class: "small figures" }, chargeWords(rack.soc, rack.soc_sigma))),
    h("td", { class: "small" }, known(rack.soc) ? `${SOURCES[rack.known_by] ?? rack.known_by}, ${at(rack.as_of)}` : "", h("span", { class: "muted reason" }, full)), ...health(rack),
    h("td", { class: "number live-value" }, range(now?.temperature_min_c, now?.temperature_max_c, "°C", 1)),
    h("td", { class: "number live-value" }, range(now?.cell_voltage_min_v, now?.cell_voltage_max_v, "V", 3)),
    h("td", { class: "number live-value" }, known(now?.voltage_spread_v) ? number(1000 * now.voltage_spread_v, "mV", 0) : NOTHING),
    h("td", { class: "number live-value" }, number(now?.dc_voltage_v, "V", 1)), h("td", { class: "number live-value" }, number(now?.dc_current_a, "A", 1)),
    h("td", { class: now?.alarms ? "number some" : "number" }, String(now?.alarms ?? 0)));
}

/** Names of points begin with that of their plant, which stands above. */
export function stateRow(told, plant) {
  const name = told.name.startsWith(`${plant} `) ? told.name.slice(plant.length + 1) : told.name;
  const value = known(told.value) ? `${stateWord(told.quantity, told.value) ?? number(told.value, "code", 0)}${told.is_stale ? " (old)" : ""}` : "not known";
  return h("tr", {}, h("th", { scope: "row" }, upper(name)), h("td", { class: "live-value" }, value), h("td", { class: "small muted" }, told.at ? at(told.at) : ""));
}

export const alarmRow = (alarm) => h("li", { class: "line" }, h("a", { href: elementUrl(alarm.equipment_mrid) }, alarm.equipment_name), ` ${alarm.message}`, h("span", { class: "small muted reason" }, `Priority ${alarm.priority}${alarm.is_active ? "" : ", returned to normal"}${alarm.raised_at ? `, ${at(alarm.raised_at)}` : ""}`));
