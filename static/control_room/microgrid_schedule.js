/** The schedule of a microgrid: what gives and draws by period, the price inside, and why. */
import { byId, h, setText } from "../js/dom.js";
import { day, instant, minute, number, time } from "../js/format.js";
import { clear, colour, draw } from "./plotly_theme.js";
import { known } from "./microgrid_words.js";

const SECOND_MS = 1000, MOST_WORDS = 12, PRICE_AXIS = "y2";
const SERIES = [
  ["storage_kw", "Battery", "--pen", "solid"], ["generator_kw", "Generator", "--line", "solid"], ["renewable_kw", "Sun and wind", "--muted", "dot"],
  ["grid_kw", "Grid", "--text", "solid"], ["shed_kw", "Shed", "--text", "dash"],
];

/** Plotly draws times as they are written: of the control room. */
const local = (ms) => `${day(ms)} ${time(ms)}`;

/** One number of a column by name. */
const sum = (value) => {
  if (!known(value)) return null;
  if (typeof value === "number") return value;
  const parts = Object.values(value).filter(known);
  return parts.length ? parts.reduce((a, b) => a + b, 0) : null;
};

function column(told, name) {
  if (name === "grid_kw") return told.periods.map((one) => (known(one.import_kw) || known(one.export_kw) ? (one.import_kw ?? 0) - (one.export_kw ?? 0) : null));
  return told.periods.map((one) => sum(one[name]));
}

function figure(told) {
  const begin = instant(told.starts_at), x = told.periods.map((_, at) => local(begin + at * told.step_s * SECOND_MS));
  const data = SERIES.map(([name, words, token, dash]) => ({ x, y: column(told, name), name: words, mode: "lines", line: { shape: "hv", width: 2, color: colour(token), dash }, hovertemplate: "%{x|%H:%M} %{y:.1f} kW<extra></extra>" }));
  const price = { x, y: told.periods.map((one) => one.shadow_price), name: "Price inside", yaxis: PRICE_AXIS, mode: "lines", line: { shape: "hv", width: 1.5, dash: "dashdot", color: colour("--select") }, hovertemplate: "%{x|%H:%M} %{y:.3f} per kWh<extra></extra>" };
  return {
    data: [...data.filter((one) => one.y.some((value) => known(value) && Math.abs(value) > 0.05)), price],
    layout: { margin: { l: 64, r: 88, t: 30, b: 40 }, legend: { orientation: "h", y: 1.12, x: 0 }, xaxis: { type: "date" }, yaxis: { title: { text: "kW into the microgrid" } }, yaxis2: { title: { text: `${told.currency} per kWh` }, overlaying: "y", side: "right", showgrid: false } },
  };
}

const reasonsOf = (told) => told.periods.map((one, at) => [at, one.reasons]).filter(([at, reasons], place, all) => reasons?.length && (place === 0 || String(reasons) !== String(all[place - 1][1])));

function costWords(told) {
  if (!known(told.cost)) return "";
  const money = (value) => `${number(value, "", 2)} ${told.currency}`;
  const lost = told.uncontrolled_lost_kwh > 0.05 ? ` and ${number(told.uncontrolled_lost_kwh, "", 1)} kWh not served` : "";
  const without = known(told.uncontrolled_cost) ? `, without control to ${money(told.uncontrolled_cost)}${lost}: ${money(told.saves)} saved` : "";
  const scored = told.scores.count ? ` The last ${told.scores.count} first quarters were to cost ${money(told.scores.expected_eur)} and cost ${money(told.scores.measured_eur)} by the meters.` : "";
  return `It comes to ${money(told.cost)}${without}.${scored}`;
}

/** Before the first plan it says so. */
export function drawSchedule(told) {
  const works = Boolean(told?.periods.length);
  [byId("planned").hidden, byId("planned-empty").hidden] = [!works, works];
  setText(byId("planned-empty"), told ? [told.reason, ...told.way_out].join(" ") || "Nothing could be planned." : "Not worked out yet: it is planned every quarter of an hour.");
  setText(byId("planned-state"), told?.as_of ? `planned ${time(instant(told.as_of))}` : "");
  if (!works) return clear(byId("planned-chart"));
  if (window.Plotly) draw(byId("planned-chart"), () => figure(told));
  setText(byId("planned-cost"), costWords(told));
  const begin = instant(told.starts_at);
  byId("planned-words").replaceChildren(...reasonsOf(told).slice(0, MOST_WORDS).map(([at, reasons]) => h("li", {}, h("span", { class: "small muted" }, `${minute(begin + at * told.step_s * SECOND_MS)} `), reasons.join(" "))));
  return undefined;
}
