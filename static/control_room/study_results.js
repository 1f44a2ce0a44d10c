import { h } from "../js/dom.js";
import { number } from "../js/format.js";
import { faultTable } from "./fault_level.js";

const KIND = { overload: "overload", voltage_low: "voltage low", voltage_high: "voltage high" };
export const cell = (...value) => h("td", {}, ...value);
export const figure = (value, unit, decimals) => h("td", { class: "number" }, number(value, unit, decimals));
const head = (...titles) => h("thead", {}, h("tr", {}, titles.map((title) => h("th", { scope: "col", class: title.startsWith("#") ? "number" : "" }, title.replace(/^#/, "")))));
export const table = (titles, rows) => h("table", {}, head(...titles), h("tbody", {}, rows));
export const empty = (text) => h("p", { class: "empty" }, text);

/** Everything is named by a button that shows it on the study's own map: other pages show the live grid. */
export const place = (goTo, element) => (element ? h("button", { type: "button", class: "quiet name", onclick: () => goTo(element.mrid) }, element.name) : "–");

const violationRow = (goTo) => (row) => h("tr", {}, cell(place(goTo, row)), cell(KIND[row.kind] ?? row.kind),
  figure(row.value, row.unit), figure(row.limit, row.unit), cell(row.unit));
const VIOLATION = ["Element", "Limit broken", "#Value", "#Limit", "Unit"];

function limits(run, goTo) {
  const { violations, violation_count: count } = run.result;
  if (!violations.length) return [empty("0 limits are broken.")];
  const more = count > violations.length ? [empty(`The gravest ${violations.length} of ${count}.`)] : [];
  return [table(VIOLATION, violations.map(violationRow(goTo))), ...more];
}

function contingencies(run, goTo) {
  if (!run.result.contingencies.length) return [empty("0 outages to judge.")];
  const rows = run.result.contingencies.map((one) => h("tr", { "data-secure": one.is_secure ? "yes" : "no" },
    h("td", { class: "number" }, one.rank), cell(place(goTo, { mrid: one.equipment_mrid, name: one.equipment_name })), cell(one.sentence),
    figure(one.customers_at_stake, "customers"), figure(one.worst?.loading_percent, "%"), figure(one.lowest?.voltage_pu, "pu")));
  return [table(["#Rank", "Element that trips", "What happens", "#Customers at stake", "#Top loading, %, limit 100", "#Lowest voltage, pu"], rows)];
}

function hosting(run, goTo) {
  const rows = run.result.nodes.map((node) => h("tr", {}, cell(place(goTo, node)), figure(node.nominal_kv, "kV"), figure(node.capacity_kw, "kW", 0),
    cell(node.sentence), cell(place(goTo, node.element)), figure(node.value, node.unit), figure(node.allowed, node.unit), cell(node.element ? node.unit : "")));
  return [table(["Node", "#kV", "#Hosts, kW", "What ends it", "Element", "#Value just beyond", "#Limit", "Unit"], rows),
    h("p", { class: "small muted empty" }, `Tried up to ${number(run.result.most_kw, "kW", 0)} kW, to ${number(run.result.tolerance_kw, "kW")} kW. A limit that is broken already counts only where it gets worse.`)];
}

const FIGURES = [
  ["load_kw", "Load", "MW", 1000], ["generation_kw", "Generation", "MW", 1000], ["import_kw", "Import", "MW", 1000], ["losses_kw", "Losses", "kW", 1],
  ["min_voltage_pu", "Lowest voltage", "pu", 1], ["max_voltage_pu", "Highest voltage", "pu", 1], ["max_loading_percent", "Top loading", "%", 1],
  ["overloads", "Overloads", "", 1], ["voltage_violations", "Voltages off limits", "", 1], ["customers_without_supply", "Customers off", "customers", 1],
];
const scaled = (value, by) => (value === null || value === undefined ? null : value / by);
const AT = { min_voltage_pu: "min_voltage_at", max_voltage_pu: "max_voltage_at", max_loading_percent: "max_loading_at" };

/** What a figure may be, where there is such a thing. */
function within(key, after, limitsOf) {
  if (key === "max_loading_percent") return "limit 100";
  if (key === "overloads" || key === "voltage_violations") return "limit 0";
  if (key === "customers_without_supply") return `of ${number(after.customers)}`;
  const [low, high] = key.endsWith("voltage_pu") ? limitsOf(after[key.replace("_pu", "_mrid")]) : [];
  return Number.isFinite(low) ? `${number(low, "pu")} – ${number(high, "pu")}` : "";
}

/** The strip above the map: the study's figures, each with its base's and between its limits. */
export function figureCells({ before, after }, limitsOf) {
  return FIGURES.map(([key, label, unit, by]) => h("div", { class: "figure", "data-figure": key },
    h("dt", {}, label), h("dd", {}, number(scaled(after[key], by), unit), unit && unit !== "customers" ? h("span", { class: "unit" }, unit) : null),
    h("dd", { class: "foot" }, [`base ${number(scaled(before[key], by), unit)}`, within(key, after, limitsOf)].filter(Boolean).join(", ")), AT[key] && after[AT[key]] ? h("dd", { class: "foot" }, after[AT[key]]) : null));
}

const moved = (title, unit, rows, goTo) => [h("h3", {}, title), rows.length ? table(["Element", `#Before, ${unit}`, `#After, ${unit}`, `#Difference, ${unit}`], rows.map((row) => h("tr", {},
  cell(place(goTo, row)), figure(row.before, unit), figure(row.after, unit), figure(row.before === null || row.after === null ? null : row.after - row.before, unit)))) : empty("0 have moved.")];

export function comparison(told, goTo) {
  if (told.reason) return [empty(`They cannot be compared: ${told.reason}`)];
  const { before, after } = told.figures;
  const rows = FIGURES.map(([key, label, unit, by]) => h("tr", {}, h("th", { scope: "row" }, label), figure(scaled(before[key], by), unit), figure(scaled(after[key], by), unit),
    figure(before[key] === null || after[key] === null ? null : (after[key] - before[key]) / by, unit), cell(unit)));
  const list = (title, found) => [h("h3", {}, `${title}: ${found.length}`), found.length ? table(VIOLATION, found.map(violationRow(goTo))) : null];
  return [table(["Figure", `#${told.before.name}`, `#${told.after.name}`, "#Difference", "Unit"], rows),
    ...(told.same_network ? [] : [empty("The two stand on different versions of the network; elements are matched by their identity.")]),
    ...list("Limits newly broken", told.violations_gained), ...list("Limits no longer broken", told.violations_lost),
    ...moved("Voltages that moved most", "pu", told.voltages, goTo), ...moved("Loadings that moved most", "%", told.loadings, goTo)].filter(Boolean);
}

const DRAW = { "power-flow": limits, "n-1": contingencies, hosting, "short-circuit": (run) => faultTable(run.result) };

export const resultOf = (run, goTo) => (run.outcome === "done" ? DRAW[run.kind](run, goTo) : [empty(run.text || (run.outcome === "queued" ? "It waits for a worker." : `It runs: ${Math.round(100 * run.progress)} % done.`))]);
