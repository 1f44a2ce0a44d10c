/** One series as a row of the list. */
import { h } from "../js/dom.js";
import { keepPast } from "../js/past_url.js";
import { spark } from "./forecast_spark.js";
import { heldMark, heldSentence, isFallback, percent, plainPower, rungSentence, scaleOf, skillWord, when } from "./forecast_words.js";

const address = (id) => keepPast(`/forecasts/${id}/`);

function place(row, choose) {
  const what = [row.quantity_label, row.subject === "system" ? "" : row.subject_label.toLowerCase()].filter(Boolean).join(", ");
  const parts = row.parts ? h("button", { type: "button", class: "quiet", title: `Show the parts of ${row.name}`, onclick: () => choose({ id: row.id, name: row.name }) }, `${row.parts} part${row.parts > 1 ? "s" : ""} ▸`) : null;
  return h("th", { scope: "row" }, h("a", { href: address(row.id) }, row.name), h("span", { class: "what" }, what, " ", parts));
}

function trust(skill) {
  if (!skill) return h("td", { class: "number soft" }, "not scored yet");
  const title = `${percent(skill.nmae, 1)} error of the mean power, day ahead, over ${skill.days} days; last week repeated stands for 100 %`;
  const isWorse = Number.isFinite(skill.rmae) && skill.rmae > 1;
  return h("td", { class: "number", title }, isWorse ? h("b", {}, skillWord(skill)) : skillWord(skill));
}

function band(skill) {
  const held = skill?.coverage_80;
  if (!held) return h("td", { class: "soft" }, "not scored yet");
  const odd = held.verdict === "narrow" || held.verdict === "wide";
  return h("td", { title: heldSentence(held) }, h("span", { class: "mark", "aria-hidden": "true" }, heldMark(held)), odd ? h("b", {}, `${percent(held.share)}, ${held.verdict_label.toLowerCase()}`) : `${percent(held.share)}, ${held.verdict_label.toLowerCase()}`);
}

function made(issue) {
  if (!issue) return h("td", { class: "soft" }, "not forecast yet");
  if (!isFallback(issue)) return h("td", {}, `full model${issue.model ? ` ${issue.model}` : ""}`);
  return h("td", {}, h("b", {}, rungSentence(issue)));
}

function amiss(row) {
  const flags = row.faults.map((fault) => h("span", { class: "flag", title: `from ${when(fault.begins_at)} to ${when(fault.ends_at)}` }, `data: ${fault.fault}`));
  if (row.overrides) flags.push(h("span", { class: "flag", title: "A person changed this forecast" }, `${row.overrides} override${row.overrides > 1 ? "s" : ""}`));
  return h("td", {}, flags.length ? h("div", { class: "amiss" }, ...flags) : h("span", { class: "soft" }, "–"));
}

export function seriesRow(row, choose) {
  const scale = scaleOf(row.peak?.p10, row.peak?.p50, row.peak?.p90);
  const { peak } = row;
  return h("tr", { "data-series": row.id },
    place(row, choose), h("td", {}, spark(row)),
    h("td", { class: "number" }, peak ? when(peak.at) : h("span", { class: "soft" }, "–")),
    h("td", { class: "number" }, peak ? [h("b", {}, plainPower(peak.p50, scale)), h("span", { class: "unit" }, scale.unit)] : "–"),
    h("td", { class: "number" }, peak ? `${plainPower(peak.p10, scale)} to ${plainPower(peak.p90, scale)}` : "–"),
    trust(row.skill), band(row.skill), made(row.issue), amiss(row));
}
