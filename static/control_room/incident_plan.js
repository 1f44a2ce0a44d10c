/** How supply comes back: the ranked plans with where each step stands, and what the alternatives cost. */
import { elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { age, instant, number, time } from "../js/format.js";
import { cell, count, differs } from "./incident_words.js";
import { card, proposalUrl } from "./remedy_card.js";

const DONE = new Set(["confirmed", "found-done"]);

/** What the engine found right after a step: the worst of the network then. */
function worst(check) {
  if (!check || (check.most_loading === null && check.lowest_pu === null)) return "";
  return `then at most ${number(100 * check.most_loading, "%", 0)} % loaded, lowest ${number(check.lowest_pu, "pu")} pu${check.violations ? `, ${check.violations} beyond limits` : ""}`;
}

function step(one, check) {
  const at = one.ended_at ?? one.ordered_at;
  return h("li", { "data-done": DONE.has(one.status) ? "yes" : null }, h("span", { class: "muted" }, `${one.number}.`),
    h("span", {}, one.device_mrid ? h("a", { href: elementUrl(one.device_mrid) }, one.words) : one.words, h("span", { class: "reason" }, [one.reason, worst(check)].filter(Boolean).join("; "))),
    h("span", { class: "small" }, one.status_label, at && `, ${time(instant(at))}`));
}

const steps = (proposal, checks = []) => h("ol", { class: "progress", "aria-label": "Steps, and where each stands" }, proposal.progress.map((one, n) => step(one, checks[n])));

function shown(trouble, told, rights, done) {
  return trouble.remedies.map((one) => {
    const article = card(one, trouble, rights, done);
    const plan = told.restoration.run?.plans.find(({ proposal }) => proposal === one.id);
    article.querySelector(".effect")?.before(steps(one, plan?.steps));
    return article;
  });
}

const most = (plan) => Math.max(...[...plan.steps, ...plan.hours].map((one) => one.most_loading ?? -Infinity));
const least = (plan) => Math.min(...[...plan.steps, ...plan.hours].map((one) => one.lowest_pu ?? Infinity));
const ways = (plan) => plan.steps.map((one) => `${one.act} ${one.switch}`).join("; ");

function alternative(plan, n) {
  const name = plan.title || (n ? `Another way ${n}` : "The best found");
  const proven = plan.gap === null ? "not proved" : plan.gap < 0.0005 ? "the best" : `within ${number(100 * plan.gap, "%", 1)} %`;
  return h("tr", {}, h("th", { scope: "row" }, plan.proposal ? h("a", { href: proposalUrl(plan.proposal) }, name) : name, h("span", { class: "reason" }, plan.refused || ways(plan))),
    cell(count(plan.customers_restored)), cell(count(plan.customers_without)), cell(count(Math.round(plan.customer_minutes))), cell(count(plan.operations)), cell(plan.switching_s === null ? "–" : age(plan.switching_s)),
    cell(number(100 * most(plan), "%", 0)), cell(number(least(plan), "pu")), h("td", {}, proven));
}

function drawAlternatives({ restoration: { run } }) {
  const plans = run?.plans ?? [], crews = run?.with_crews;
  byId("alternatives-panel").hidden = !plans.length;
  byId("alternatives").replaceChildren(...plans.map(alternative));
  setText(byId("alternatives-words"), crews?.more ? `Crews at the switches could restore ${count(crews.more)} more: ${ways(crews)}.` : "");
}

/** How freely the desk acts here, what it found at its newest look, and who stays without supply. */
function drawDesk({ restoration: { run, mode_label: mode, ways_back: back } }) {
  byId("desk").replaceChildren(
    h("p", {}, h("b", {}, mode.split(":")[0]), mode.includes(":") ? `:${mode.split(":")[1]}. ` : ". ", h("a", { href: "/remedies/" }, "Set it")),
    ...(run ? [h("p", {}, run.text, h("span", { class: "small muted" }, ` ${run.outcome_label}, ${time(instant(run.as_of))}.`))] : []),
    ...(run?.without ?? []).map((one) => h("p", { class: "small" }, `${count(one.customers)} customers stay without: ${one.why}`)),
    ...back.map((one) => h("p", {}, "Way back: ", h("a", { href: `/plans/${one.plan}/` }, one.number), one.stopped ? `. Stopped: ${one.stopped}` : " is prepared.")));
}

function ended(one) {
  return h("details", { class: "candidate-plan" }, h("summary", {}, `${one.trouble_label}: ${one.title}. ${one.status_label}`), one.reason && h("p", { class: "small" }, one.reason),
    steps(one), h("p", { class: "small" }, h("a", { href: proposalUrl(one.id) }, "The proposal, its check and its receipt")));
}

export function drawPlan(told, rights, done) {
  if (!differs("plan", [told.troubles, told.earlier, told.restoration])) return;
  const open = [...document.querySelectorAll("#plan .remedy:has(details[open])")].map((node) => node.dataset.id);
  const cards = told.troubles.flatMap((one) => shown(one, told, rights, done));
  drawDesk(told);
  byId("plan").replaceChildren(...(cards.length ? cards : [h("p", { class: "empty" }, `0 plans stand, last look ${time(instant(told.as_of))}.`)]));
  for (const node of document.querySelectorAll("#plan .remedy")) if (open.includes(node.dataset.id)) node.querySelector("details")?.setAttribute("open", "");
  const all = told.troubles.flatMap(({ remedies }) => remedies);
  drawAlternatives(told);
  const kept = [...document.querySelectorAll("#earlier details")].map((node) => node.open);
  byId("earlier-panel").hidden = !told.earlier.length;
  byId("earlier").replaceChildren(...told.earlier.map(ended));
  [...document.querySelectorAll("#earlier details")].forEach((node, n) => { node.open = Boolean(kept[n]); });
  const going = all.find(({ status }) => status === "executing");
  setText(byId("plan-words"), going ? `${going.progress.filter(({ status }) => DONE.has(status)).length} of ${going.progress.length} steps done` : all.length ? `${all.length} checked by power flow` : "");
}
