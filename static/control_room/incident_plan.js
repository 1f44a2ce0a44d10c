/** How supply comes back: the ranked plans with where each step stands, and what the alternatives cost. */
import { elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { age, instant, number, time } from "../js/format.js";
import { cell, count } from "./incident_words.js";
import { PART, amount, card, proposalUrl } from "./remedy_card.js";

const DONE = new Set(["confirmed", "found-done"]);

function step(one) {
  const at = one.ended_at ?? one.ordered_at;
  return h("li", { "data-done": DONE.has(one.status) }, h("span", { class: "muted" }, `${one.number}.`),
    h("span", {}, one.device_mrid ? h("a", { href: elementUrl(one.device_mrid) }, one.words) : one.words, one.reason && h("span", { class: "reason" }, one.reason)),
    h("span", { class: "small" }, one.status_label, at && `, ${time(instant(at))}`));
}

const steps = (proposal) => h("ol", { class: "progress", "aria-label": "Steps, and where each stands" }, proposal.progress.map(step));

function shown(trouble, rights, done) {
  return trouble.remedies.map((one) => {
    const article = card(one, trouble, rights, done);
    article.querySelector(".effect")?.before(steps(one));
    return article;
  });
}

function alternative(one, trouble) {
  const after = one.verification.compared?.figures?.after ?? {};
  return h("tr", {}, h("th", { scope: "row" }, h("a", { href: proposalUrl(one.id) }, one.title), h("span", { class: "reason" }, one.kind)), cell(amount(one.value_after, "").trim() || "–", { title: trouble.unit }),
    cell(count(one.customer_minutes)), cell(count(one.operations)), cell(one.time_to_effect_s === null ? "–" : age(one.time_to_effect_s)), cell(number(after.max_loading_percent, "%", 0)), cell(number(after.min_voltage_pu, "pu")));
}

function ended(one) {
  return h("details", { class: "candidate-plan" }, h("summary", {}, `${one.trouble_label}: ${one.title}. ${one.status_label}`), one.reason && h("p", { class: "small" }, one.reason),
    steps(one), h("p", { class: "small" }, h("a", { href: proposalUrl(one.id) }, "The proposal, its check and its receipt")));
}

export function drawPlan(told, rights, done) {
  const open = [...document.querySelectorAll("#plan .remedy:has(details[open])")].map((node) => node.dataset.id);
  const waiting = told.troubles.filter(({ remedies }) => !remedies.length);
  const nothing = waiting.map((one) => h("p", { class: "empty" }, one.looked_at ? one.finding || "0 plans: nothing better than to wait was found." : "The restoration desk has not looked at it yet."));
  const none = told.troubles.length ? nothing : [h("p", { class: "empty" }, `0 plans stand, last look ${time(instant(told.as_of))}.`)];
  byId("plan").replaceChildren(...told.troubles.flatMap((one) => shown(one, rights, done)), ...none);
  for (const node of document.querySelectorAll("#plan .remedy")) if (open.includes(node.dataset.id)) node.querySelector("details")?.setAttribute("open", "");
  const all = told.troubles.flatMap((trouble) => trouble.remedies.map((one) => [one, trouble]));
  byId("alternatives-panel").hidden = !all.length;
  byId("alternatives").replaceChildren(...all.map(([one, trouble]) => alternative(one, trouble)));
  const kept = [...document.querySelectorAll("#earlier details")].map((node) => node.open);
  byId("earlier-panel").hidden = !told.earlier.length;
  byId("earlier").replaceChildren(...told.earlier.map(ended));
  [...document.querySelectorAll("#earlier details")].forEach((node, n) => { node.open = Boolean(kept[n]); });
  const going = all.find(([one]) => one.status === "executing");
  setText(byId("plan-words"), going ? `step ${going[0].progress.filter(({ status }) => DONE.has(status)).length + 1} of ${going[0].progress.length}` : all.length ? `${all.length} checked by power flow, ranked by ${PART.ends.toLowerCase()}, relief, customers, time` : "");
}
