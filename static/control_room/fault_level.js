import { elementUrl } from "../js/config.js";
import { h } from "../js/dom.js";
import { number } from "../js/format.js";

const row = (level) => h("tr", {}, h("th", { scope: "row" }, `${level.kind}, ${level.extreme}`),
  h("td", { class: "number" }, number(level.initial_ka)), h("td", { class: "number" }, number(level.peak_ka)), h("td", { class: "number" }, number(level.power_mva, "", 1)));

/** Short-circuit currents of one node with what they rest on. */
export function faultTable(level) {
  const head = ["Fault", "Ik″, kA", "ip, kA", "Sk″, MVA"].map((text, n) => h("th", { scope: "col", class: n ? "number" : "" }, text));
  return [h("p", {}, h("a", { href: elementUrl(level.node_mrid) }, level.node_name), ` ${number(level.nominal_kv, "kV")} kV`),
    h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, level.levels.map(row))),
    h("ul", { class: "small muted" }, level.assumptions.map((text) => h("li", {}, text)))];
}
