/** How microgrids are told of: powers into the island, exchange from the grid, what is not known as such. */
import { h } from "../js/dom.js";
import { number } from "../js/format.js";

export const NOTHING = "–";
export const known = (value) => value !== null && value !== undefined;
export const kw = (value) => (known(value) ? number(value, "kW", 1) : NOTHING);
export const kwh = (value) => (known(value) ? number(value, "kWh", Math.abs(value) < 1000 ? 1 : 0) : NOTHING);
export const hoursOf = (one) => (known(one?.p50) ? [one.p10, one.p50, one.p90].map((value) => number(value, "h", 1)).join(" – ") : NOTHING);
export const microgridUrl = (mrid) => `/microgrids/${mrid}/`;

export function couplingWord(closed) {
  if (!known(closed)) return "not known";
  return closed ? "closed" : "OPEN";
}

export const NO_EXCHANGE = "none";

/** Which way it goes over the coupling, in a word that holds without colour. */
export function exchangeWord(value) {
  if (!known(value)) return "";
  if (Math.abs(value) < 0.5) return NO_EXCHANGE;
  return value > 0 ? "draws" : "gives";
}

/** A number that tells by shape how it is known. */
export function reading(told, decimals, unit) {
  if (!known(told?.value)) return h("span", { class: "muted", title: told?.at ? `last heard ${told.at}` : "never heard" }, NOTHING);
  const title = `${told.known_label}${told.is_doubtful ? "; its source doubts it" : ""}`;
  return h("span", { class: told.known === "measured" ? "" : "inferred", title }, `${number(told.value, "", decimals)}${unit ? ` ${unit}` : ""}${told.is_doubtful ? " ?" : ""}`);
}
