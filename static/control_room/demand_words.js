/** Words of demand response that several pages use. */
import { h } from "../js/dom.js";
import { number } from "../js/format.js";

export const NOTHING = "–";
export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
export const OBJECTIVES = { peak: "Peak load", reserve: "Reserve", congestion: "Local congestion", energy: "Energy price" };
export const CLASSES = { residential: "Household", commercial: "Commerce", industrial: "Industry", public: "Public" };
export const KINDS = { thermostat: "thermostat", ev_charger: "EV charger", water_heater: "water heater", battery: "battery", industrial: "industrial process" };
export const BASELINES = { caiso_10_10: "10 in 10 with same-day adjustment (CAISO)", pjm_4_5: "high 4 of 5 with additive adjustment (PJM)", nyiso_5_10: "high 5 of 10 (NYISO)", match_day_3: "three most alike days", weather: "weather regression", control_group: "matched control group" };
export const STATUS = { invited: "Invited", enrolled: "Enrolled", paused: "Paused", left: "Left" };
export const CALLS = { draft: "draft", submitted: "submitted", approved: "approved", scheduled: "scheduled", active: "running", completed: "completed", cancelled: "cancelled", rejected: "rejected", expired: "expired" };

export const phase = (is, text) => h("span", { class: "phase", "data-is": is }, text);
export const euro = (value, per) => (value ? `${number(value, "", 2)} €/${per}` : "");
export const orNone = (value, unit) => (value === null || value === undefined ? "no limit" : `${value} ${unit}`);
export const devicesOf = (kinds) => Object.entries(kinds).map(([kind, count]) => `${count} ${KINDS[kind] ?? kind}`).join(", ") || NOTHING;

/** "Nov to Feb" is for people; a list of what was chosen says the same and is never wrong. */
export function seasonOf(one) {
  const months = one.months.length ? one.months.map((month) => MONTHS[month - 1]).join(" ") : "all year";
  const days = one.weekdays.length ? one.weekdays.map((day) => WEEKDAYS[day]).join(" ") : "every day";
  const hours = one.window_from ? `${one.window_from.slice(0, 5)} to ${one.window_until.slice(0, 5)}` : "any hour";
  return `${months}, ${days}, ${hours}${one.on_public_days ? "" : ", no public holidays"}`;
}

export function fact(list, name, text) {
  if (text !== "" && text !== null) list.append(h("dt", {}, name), h("dd", {}, text));
}

export function customerRow(one, head) {
  const standing = one.standing.map((each) => h("span", { class: "reason" }, `${each.title}: ${STATUS[each.status]}`));
  return [h("th", { scope: "row" }, head), h("td", {}, one.name || NOTHING), h("td", {}, CLASSES[one.customer_class]),
    h("td", {}, one.usage_points.join(", ") || NOTHING, one.is_critical && h("span", { class: "reason" }, "critical: never asked")),
    h("td", {}, devicesOf(one.kinds)), h("td", { class: "number" }, number(one.rated_kw, "", 1)), h("td", {}, ...(standing.length ? standing : [NOTHING]))];
}
