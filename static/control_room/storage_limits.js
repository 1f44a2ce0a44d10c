/** A plant's limits: the datasheet's, what holds, what is read now; and what people narrow, with who and why. */
import { h } from "../js/dom.js";
import { instant, number, when } from "../js/format.js";
import { live } from "../js/live.js";
import { NOTHING, RUNGS, known, unitOf, upper } from "./storage_words.js";

const LEVELS = { normal: "normal", warn: "WARNING", derate: "REDUCED", stop: "STOPPED", trip: "TRIPPED" };
const value = (number_) => number(number_, "", Math.abs(number_ ?? 0) >= 100 ? 0 : 3);
const trimmed = (figure) => (known(figure) ? value(figure).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "") : NOTHING);

/** What holds; where a person narrowed it the datasheet's own stands beside. */
function rung(rule, name, settings) {
  const setting = settings.find((one) => one.name === rule.name && one.rung === name);
  return h("td", { class: "number" }, setting ? h("b", { class: "narrowed" }, trimmed(rule.holds[name])) : trimmed(rule.holds[name]), setting ? h("span", { class: "small muted reason" }, `sheet ${trimmed(rule.datasheet[name])}`) : "");
}

function reads(told) {
  if (!told) return h("td", { class: "number muted" }, NOTHING);
  const rack = told.rack ? h("span", { class: "small muted reason" }, told.rack) : "";
  const missing = told.missing ? h("span", { class: "small muted reason" }, `${told.missing} not told`) : "";
  return h("td", { class: "number live-value" }, trimmed(told.value), rack, missing);
}

const blocks = (rule) => (rule.blocks_charge && rule.blocks_discharge ? "both ways" : rule.blocks_charge ? "charging" : "discharging");

export function ruleRow(rule, told, settings, focus) {
  const word = !rule.is_watched ? "by its own management" : told?.level ? LEVELS[told.level] : "not known";
  const grave = rule.is_watched && told?.level && told.level !== "normal";
  return h("tr", { "data-rule": rule.name }, h("th", { scope: "row" }, focus ? h("button", { type: "button", class: "quiet name", onclick: () => focus(rule.name) }, upper(rule.name)) : upper(rule.name)), h("td", { class: "small" }, rule.unit || "share"), reads(told),
    h("td", { class: "small" }, h("span", { class: grave ? "level grave" : "level", "data-level": told?.level ?? "none" }, word)),
    ...Object.keys(RUNGS).map((name) => rung(rule, name, settings)), h("td", { class: "small" }, blocks(rule)), h("td", { class: "small muted cites" }, rule.cites));
}

export function ratingRow(rating, settings, focus) {
  const setting = settings.find((one) => one.name === rating.name);
  return h("tr", { "data-rule": rating.name }, h("th", { scope: "row" }, focus ? h("button", { type: "button", class: "quiet name", onclick: () => focus(rating.name) }, rating.words) : rating.words), h("td", { class: "small" }, unitOf(rating.name)),
    h("td", { class: "number" }, setting ? h("b", { class: "narrowed" }, trimmed(rating.holds)) : trimmed(rating.holds)), h("td", { class: "number" }, trimmed(rating.datasheet)));
}

export function settingRow(setting, lift) {
  return h("li", { class: "line" }, h("p", {}, h("b", {}, `${upper(setting.name.replaceAll("_", " "))}${setting.rung ? `, ${RUNGS[setting.rung]}` : ""}: ${trimmed(setting.value)} ${unitOf(setting.name)}`), h("span", { class: "small muted" }, ` by ${setting.set_by}, ${when(instant(setting.set_at), live.now())}`)),
    h("p", { class: "small" }, setting.reason), lift ? h("button", { type: "button", onclick: () => lift(setting) }, "Lift…") : "");
}
