/** Rows and words of the renewables desk. */
import { elementUrl } from "../js/config.js";
import { h } from "../js/dom.js";
import { day, instant, minute, number } from "../js/format.js";

export const NOTHING = "–";
export const at = (text) => (text ? `${day(instant(text)).slice(5)} ${minute(instant(text))}` : NOTHING);
export const kw = (value) => number(value, "kW", 0);
export const percent = (value, decimals = 1) => (value === null || value === undefined ? NOTHING : number(100 * value, "%", decimals));
const cell = (text, ...more) => h("td", { class: "number" }, text, ...more);

export function plantRow(one) {
  const doubt = one.sigma_kw === null ? null : h("span", { class: "reason" }, `± ${kw(one.sigma_kw)}`);
  const rules = [one.reduces_from_pu && `reduces from ${number(one.reduces_from_pu, "pu")} pu`, one.stops_below_price !== null && `stops below ${number(one.stops_below_price, "", 2)} per MWh`].filter(Boolean).join(", ");
  const why = one.cause ? [h("span", { class: "strong" }, one.cause_label), h("span", { class: "reason" }, one.words)] : [one.at ? "none" : "not known: no quarter hour of its meter in the last two hours"];
  return h("tr", {},
    h("th", { scope: "row" }, h("a", { href: elementUrl(one.mrid) }, one.name), h("span", { class: "reason" }, [one.kind_label, rules].filter(Boolean).join("; "))),
    h("td", {}, one.feeder || NOTHING), cell(kw(one.rated_kw)), cell(kw(one.available_kw), doubt), cell(kw(one.fed_in_kw)),
    h("td", { class: one.curtailed_kw ? "number strong" : "number" }, kw(one.curtailed_kw)),
    h("td", {}, ...why, h("span", { class: "reason" }, `available by: ${one.basis_label.toLowerCase()}`)),
    cell(kw(one.today_fed_in_kwh)), cell(kw(one.today_curtailed_kwh)));
}

export function curtailedRow(one) {
  return h("tr", {}, h("td", { class: "nowrap" }, at(one.starts_at)), h("td", {}, one.plant), cell(kw(one.kwh), h("span", { class: "reason" }, `± ${kw(one.sigma_kwh)}`)),
    h("td", {}, h("span", { class: "strong" }, one.cause_label), h("span", { class: "reason" }, one.words)),
    cell(one.worth === null ? NOTHING : `${number(one.worth, "", 2)} ${one.currency}`), cell(kw(one.marginal_kg)));
}

const worth = (value, currency) => (value === null ? NOTHING : `${number(value, "", 2)} ${currency}`);
const FIGURES = [
  ["Available, kWh", "beyond doubt: used and curtailed", (one) => kw(one.available_kwh)],
  ["Used, kWh", "", (one) => kw(one.used_kwh)],
  ["Used of available, %", "", (one) => percent(one.used_share)],
  ["Curtailed, kWh", "", (one) => kw(one.curtailed_kwh)],
  ["Curtailed, worth", "at day-ahead prices", (one) => worth(one.lost_worth, one.currency)],
  ["Share of the demand met, %", "by quarter hours; what exceeds it meets none", (one) => percent(one.met_share)],
  ["Hosted, kW", "rated power of the plants", (one) => kw(one.hosted_kw)],
  ["CO₂ by average factors, kg", "what the usual mix would have emitted for the same energy", (one) => kw(one.average_kg)],
  ["CO₂ by marginal factors, kg", "what the plants that gave way would have emitted", (one) => kw(one.marginal_kg)],
  ["CO₂ of what was curtailed, kg", "by marginal factors: emitted by others instead", (one) => kw(one.lost_marginal_kg)],
];

export function integrationRows(spans) {
  const causes = [...new Set(spans.flatMap((one) => one.by_cause.map(({ cause }) => cause)))];
  const ofCause = (cause) => [`of it: ${spans.flatMap((one) => one.by_cause).find((one) => one.cause === cause).cause_label.toLowerCase()}, kWh`, "", (one) => kw(one.by_cause.find((each) => each.cause === cause)?.kwh ?? 0)];
  const rows = [...FIGURES.slice(0, 4), ...causes.map(ofCause), ...FIGURES.slice(4)];
  return rows.map(([name, what, figure]) => h("tr", {}, h("th", { scope: "row" }, name, what ? h("span", { class: "reason" }, what) : null), ...spans.map((one) => cell(figure(one)))));
}

export function place(one, proposalUrl) {
  const until = one.ends_at ? ` to ${at(one.ends_at)}` : "";
  const option = (each) => h("tr", {}, h("td", {}, each.proposal ? h("a", { href: proposalUrl(each.proposal) }, each.name) : each.name, h("span", { class: "reason" }, each.kind_label)), cell(kw(each.saved_kw)), cell(number(each.cost_per_kwh, "", 3)), cell(kw(each.taken_kw)));
  const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Instead"), ...["Saves, kW", "EUR per kWh saved", "Cheapest way, kW"].map((text) => h("th", { scope: "col", class: "number" }, text))));
  return h("div", { class: "place" }, h("h3", {}, `${one.breach_label} at ${one.place}`),
    h("p", { class: "small" }, `${one.is_now ? "now" : `${at(one.begins_at)}${until}`}: plants alone would have to hold back ${kw(one.held_kw)} kW, ${kw(one.held_kwh)} kWh${one.is_enough ? "" : ", which is not enough"}.${one.left_kw > 0.5 && one.options.length ? ` ${kw(one.left_kw)} kW of that nobody else can do.` : ""}`),
    one.options.length ? h("table", {}, head, h("tbody", {}, ...one.options.map(option))) : h("p", { class: "small muted" }, "No battery, no load that can wait and no open proposal relieves it."));
}
