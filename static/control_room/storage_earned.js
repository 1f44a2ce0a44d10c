/** What a plant earned day by day, against perfect foresight and a simple rule; and what its warranty has counted. */
import { h } from "../js/dom.js";
import { instant, number, when } from "../js/format.js";
import { live } from "../js/live.js";
import { NOTHING, known, kwh, money, percent } from "./storage_words.js";

const TERMS = { years: ["Years in service", 2], throughput_kwh: ["Discharged, kWh", 1], equivalent_cycles: ["Full cycles", 1], hours_warm: ["Hours warm", 1], hours_full: ["Hours full", 1] };
const share = (part, whole) => (known(part) && known(whole) && whole > 0 ? `${percent(part / whole, 1)}` : NOTHING);

export const earningRow = (one) => h("tr", {}, h("th", { scope: "row" }, one.day, one.reason ? h("span", { class: "small muted reason" }, one.reason) : ""),
  ...[one.planned, one.realised, one.perfect].map((value) => h("td", { class: "number" }, money(value))), h("td", { class: "number" }, share(one.realised, one.perfect)),
  h("td", { class: "number" }, money(one.simple_rule)), h("td", { class: "number" }, known(one.realised) && known(one.simple_rule) ? money(one.realised - one.simple_rule) : NOTHING), h("td", { class: "number" }, money(one.wear)),
  h("td", { class: "number" }, kwh(one.charged_kwh)), h("td", { class: "number" }, kwh(one.discharged_kwh)), h("td", { class: "number" }, number(one.cycles, "", 2)), h("td", { class: "number" }, percent(one.known_share)));

function term({ name, limit, counted, used }) {
  const [words, decimals] = TERMS[name] ?? [name, 1];
  return h("tr", {}, h("th", { scope: "row" }, words), h("td", { class: "number" }, number(counted, "", decimals)), h("td", { class: "number" }, known(limit) ? number(limit, "", decimals) : "no term"), h("td", { class: "number" }, known(used) ? percent(used, 1) : NOTHING));
}

export const warrantyRows = ({ terms }) => terms.map(term);

export function warrantyNote({ counted_until: until, hours_unknown: unknown, warm_c: warm, full_soc: full }) {
  const counted = until ? `Counted until ${when(instant(until), live.now())}; ${number(unknown, "h", 1)} hours of it are not known and were not counted.` : "Nothing is counted yet: the first whole day is counted the night after.";
  return `${counted} Warm is above ${number(warm, "°C", 0)} °C, full above ${percent(full)} % charge.`;
}
