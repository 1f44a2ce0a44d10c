/** Words of voltage experiments, shared by their list, their page and their form. */
import { number } from "../js/format.js";

const OVER = ["stopped", "finished", "withdrawn"];
export const phaseOf = (status) => (status === "running" ? "running" : OVER.includes(status) ? "over" : "ahead");
export const pu = (value) => number(value ?? null, "", 3);
export const kwh = (value) => number(value === null || value === undefined ? null : Math.round(value), "", 0);

/** Of figures without a decimal: of energy, and no count. */
export const UNIT = { 0: "kWh" };

/** A value with its interval; what is not known says so. */
export function interval({ value, low, high } = {}, decimals = 2) {
  if (value === null || value === undefined) return "not known";
  return `${number(value, UNIT[decimals], decimals)} (${number(low, UNIT[decimals], decimals)} to ${number(high, UNIT[decimals], decimals)})`;
}

export const GUARD = {
  safe: "above the guard",
  near: "less than a step above the guard",
  hit: "BELOW THE GUARD",
  blind: "too few tell",
};

/** Of one day, for its square and for who hovers over it. */
export function dayWords(day) {
  const measured = day.energy_kwh === null ? "not measured" : `${kwh(day.energy_kwh)} kWh, ${pu(day.voltage_pu)} pu on average, lowest ${pu(day.lowest_pu)} pu${day.lowest_at ? ` at ${day.lowest_at}` : ""}, ${day.hours_known} hours known`;
  return [`${day.day}: ${day.reduced ? "reduced" : "normal"} by lot`, day.state_label, measured, day.note].filter(Boolean).join(". ");
}

export const dayIs = (day) => (day.guard_hit ? "guard" : ["ahead", "dropped"].includes(day.state) ? "ahead" : day.reduced ? "reduced" : "normal");

export function whyNoFactor(one) {
  return one.factor.value === null ? one.no_factor_because : "";
}
