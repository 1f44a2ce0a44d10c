/** How batteries are told of: powers as the meter reads, positive while charging. */
import { h, svg } from "../js/dom.js";
import { number } from "../js/format.js";

export const NOTHING = "–";
const BAR = 112;
export const RUNGS = { warn: "warn", derate: "reduce from", stop: "stop", trip: "trip" };
export const RATINGS = { charge_kw: "Charging power", discharge_kw: "Discharging power", current_a: "Current" };
const RATING_UNITS = { charge_kw: "kW", discharge_kw: "kW", current_a: "A" };

export const plantUrl = (mrid) => `/storage/plants/${mrid}/`;
export const courseUrl = (id) => `/courses/${id}/`;
export const percent = (share, decimals = 0) => (share === null || share === undefined ? NOTHING : number(100 * share, "%", decimals));
export const money = (value, decimals = 2) => number(value, "", decimals);
export const kw = (value) => number(value, "kW", 1);
export const kwh = (value) => number(value, "kWh", Math.abs(value ?? 0) < 1000 ? 1 : 0);
export const known = (value) => value !== null && value !== undefined;
export const unitOf = (rating) => RATING_UNITS[rating] ?? "";
export const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Which way it goes, in a word that holds without colour. */
export const way = (power) => (!known(power) ? "" : Math.abs(power) < 0.05 ? "rests" : power > 0 ? "charges" : "gives");

/** A bar from empty to full; the heavy part is the charge, the fine line its sigma on either side. */
export function chargeBar(soc, sigma, wanted = null) {
  if (!known(soc)) return h("span", { class: "muted small" }, "not known");
  const x = (share) => 1 + Math.min(Math.max(share, 0), 1) * (BAR - 2);
  const ends = [x(soc - (sigma ?? 0)), x(soc + (sigma ?? 0))];
  const label = `charge ${percent(soc, 1)} %${known(sigma) ? `, give or take ${percent(sigma, 1)} %` : ""}`;
  return svg("svg", { class: "charge", width: BAR, height: 16, viewBox: `0 0 ${BAR} 16`, role: "img", "aria-label": label },
    svg("rect", { class: "vessel", x: 0.5, y: 2.5, width: BAR - 1, height: 11 }), svg("rect", { class: "filled", x: 1, y: 3, width: x(soc) - 1, height: 10 }),
    svg("line", { class: "sigma", x1: ends[0], x2: ends[1], y1: 8, y2: 8 }), ...ends.map((at) => svg("line", { class: "sigma", x1: at, x2: at, y1: 5, y2: 11 })),
    ...(known(wanted) ? [svg("line", { class: "wanted", x1: x(wanted), x2: x(wanted), y1: 0, y2: 16 })] : []));
}

export const chargeWords = (soc, sigma) => (known(soc) ? `${percent(soc, 1)} ± ${percent(sigma, 1)} %` : "");
export const plural = (count, one, many) => `${number(count, "", 0)} ${count === 1 ? one : many}`;

/** What was narrowed, by whom and why. */
export const narrowedWords = (one) => `${RATINGS[one.name] ?? upper(one.name)}${one.rung ? `, ${RUNGS[one.rung]}` : ""} ${number(one.value, "", 2)} ${unitOf(one.name)}`.trim() + `, by ${one.set_by}: ${one.reason}`;
