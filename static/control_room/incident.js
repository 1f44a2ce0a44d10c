/** One incident: what is known, where the fault is, how supply comes back, who is there, and what is done about it. */
import { api, get } from "../js/api.js";
import { elementUrl, pageData } from "../js/config.js";
import { byId, h, setText, svg } from "../js/dom.js";
import { age, instant, number, precise, time, when } from "../js/format.js";
import { live } from "../js/live.js";
import { bindActs, crewButtons, drawActs } from "./incident_acts.js";
import { IncidentMap } from "./incident_map.js";
import { drawPlan } from "./incident_plan.js";
import { back, cell, chip, count, differs, incidentUrl, lasts, oneAtATime, percent, short } from "./incident_words.js";

const about = pageData("incidents-data"), base = api(`incidents/${encodeURIComponent(about.number)}`);
const AGAIN_MS = 5000, SHOWN_CANDIDATES = 8, SHOWN_REASONS = 3;
const map = new IncidentMap();

const minutes = (one) => one.customers * ((instant(one.restored_at) ?? live.now()) - instant(one.began_at)) / 60000;
const named = (mrid, name) => (mrid ? h("a", { href: elementUrl(mrid) }, name) : name);
const figure = (name, value, more = "") => h("div", {}, h("dt", {}, name), h("dd", {}, h("b", {}, value), more && h("span", { class: "muted" }, ` ${more}`)));
const fact = (name, ...what) => [h("dt", {}, name), h("dd", {}, ...what)];

function drawSums(one) {
  const sum = one.steps.reduce((all, part) => all + minutes(part), 0);
  byId("sums").replaceChildren(
    figure("Without supply", count(one.customers_without), `of ${count(one.customers)}`), figure("of them critical", count(one.critical_without), `of ${count(one.critical_customers)}`),
    figure("Lasts", lasts(one, live.now()), one.kind_label.toLowerCase()), figure("Customer minutes", one.steps.length ? count(Math.round(sum)) : "–"),
    figure("Load lost", number(one.lost_kw, "kW", 0), "kW"), figure("Likely back", one.restored_at ? time(instant(one.restored_at)) : one.estimate ? short(instant(one.estimate.likely_at), live.now()) : "–"));
}

function verdict(one) {
  const began = `Since ${when(instant(one.began_at), live.now())}`;
  if (one.restored_at) return `Every customer has had supply since ${when(instant(one.restored_at), live.now())}.`;
  const where = one.section ? `the fault is in ${one.section.name} with ${one.section.is_confirmed ? "certainty, confirmed by a person" : percent(one.section.probability)}` : "where the fault is, is not known yet";
  return `${began} ${count(one.customers_without)} customers have no supply; ${where}.`;
}

function drawKin(one) {
  const parts = [one.parent && ["within ", h("a", { href: incidentUrl(one.parent) }, one.parent)], ...one.nested.map((other) => ["holds ", h("a", { href: incidentUrl(other) }, other)])].filter(Boolean);
  byId("kin").replaceChildren(...parts.flatMap((part) => [...part, " "]));
}

const bar = (share) => h("span", { class: "bar" }, svg("svg", { preserveAspectRatio: "none", viewBox: "0 0 100 6", "aria-hidden": "true" }, svg("rect", { x: 0, y: 0, width: 100 * share, height: 6 })));

function element(one) {
  return h("li", {}, h("a", { href: elementUrl(one.mrid) }, one.name), ` ${one.probability === undefined ? "" : percent(one.probability)}`);
}

function candidate(one, incident) {
  const elements = [...one.lines, ...one.transformers];
  const mayConfirm = about.mayManage && incident.is_open && !one.is_confirmed;
  return h("div", { class: "candidate", "data-key": one.key }, h("b", { class: "share" }, one.is_confirmed ? "sure" : percent(one.probability)),
    h("div", {}, h("b", {}, one.name), one.is_confirmed ? " confirmed by a person" : "", one.is_isolated ? ", isolated" : "", bar(one.is_confirmed ? 1 : one.probability)),
    h("div", { class: "words" }, ...one.reasons.slice(0, SHOWN_REASONS).map((text) => h("p", {}, text)), one.reasons.length > SHOWN_REASONS && h("details", {}, h("summary", {}, `${one.reasons.length - SHOWN_REASONS} more reasons`), ...one.reasons.slice(SHOWN_REASONS).map((text) => h("p", {}, text))), h("p", { class: "muted" }, `${count(one.customers)} customers inside. Isolated by ${one.switches.map(({ name }) => name).join(", ") || "no switch"}.`),
      elements.length > 0 && h("details", {}, h("summary", {}, `${elements.length} lines and transformers`), h("ul", {}, elements.map(element)))),
    mayConfirm && h("button", { type: "button", "data-act": "confirm" }, "Confirm…"));
}

function drawCandidates(one) {
  if (!differs("candidates", [one.sections, one.is_open])) return;
  const open = new Set([...document.querySelectorAll(".candidate:has(details[open])")].map((node) => node.dataset.key));
  const rows = one.sections.slice(0, SHOWN_CANDIDATES).map((section) => candidate(section, one));
  byId("candidates").replaceChildren(...(rows.length ? rows : [h("p", { class: "empty" }, "0 sections are suspected yet: no fact tells where the fault is.")]));
  for (const node of document.querySelectorAll(".candidate")) if (open.has(node.dataset.key)) node.querySelector("details")?.setAttribute("open", "");
  const rest = one.sections.slice(SHOWN_CANDIDATES).reduce((sum, section) => sum + section.probability, 0);
  setText(byId("candidates-words"), one.sections.length > SHOWN_CANDIDATES ? `${one.sections.length - SHOWN_CANDIDATES} more with ${percent(rest)} together` : one.sections.length ? `${one.sections.length} sections` : "");
}

function drawSteps(one) {
  const rows = one.steps.map((part) => h("tr", {}, h("td", { class: "nowrap" }, time(instant(part.began_at))), h("td", { class: "nowrap" }, part.restored_at ? time(instant(part.restored_at)) : "not yet"),
    cell(age(((instant(part.restored_at) ?? live.now()) - instant(part.began_at)) / 1000)), cell(count(part.customers)), cell(count(part.critical_customers)), cell(count(Math.round(minutes(part))))));
  byId("steps").replaceChildren(...rows);
  byId("steps-empty").hidden = rows.length > 0;
}

function drawEstimate(one) {
  const told = one.estimate;
  const rests = told && `${told.basis} Said ${time(instant(told.made_at))}${told.by ? ` by ${told.by}` : ""}.`;
  byId("estimate").replaceChildren(...fact("Supply back", back(one, live.now())), ...(told ? fact("Rests on", rests) : []), ...(one.estimates.length > 1 ? fact("Before it", one.estimates.slice(1, 4).map((older) => `likely ${short(instant(older.likely_at), live.now())}`).join(", ")) : []));
}

function crewLine(one) {
  const at = one.ended_at ?? one.on_site_at ?? one.en_route_at ?? one.assigned_at;
  return h("li", {}, h("b", {}, one.crew), ` ${one.status_label.toLowerCase()}, ${time(instant(at))}`, one.task && h("span", { class: "reason" }, one.task), h("span", { class: "reason" }, `sent ${time(instant(one.assigned_at))} by ${one.assigned_by}`), h("span", { class: "moves" }, ...crewButtons(one)));
}

function drawDamage(one) {
  byId("damage").replaceChildren(...fact("Cause", one.cause_label, one.cause_note && h("span", { class: "reason" }, one.cause_note)), ...fact("Damage", one.damage_class_label, one.damage && h("span", { class: "reason" }, one.damage)),
    ...(one.equipment_name ? fact("What failed", named(one.equipment_mrid, one.equipment_name)) : []), ...fact("First told by", one.trigger_label, one.device_name && ": ", one.device_name && named(one.device_mrid, one.device_name)));
}

function factLine(one) {
  const late = (instant(one.recorded_at) - instant(one.at)) / 1000;
  return h("li", {}, h("span", { class: "muted", title: precise(instant(one.at)) }, when(instant(one.at), live.now())),
    h("span", {}, h("b", {}, one.kind_label), `: ${one.text}`, one.value !== null && one.unit && ` ${number(one.value, one.unit)} ${one.unit}`, one.equipment_mrid && !one.text.includes(one.equipment_name) && " ", one.equipment_mrid && !one.text.includes(one.equipment_name) && named(one.equipment_mrid, one.equipment_name),
      h("span", { class: "reason" }, [one.by && `by ${one.by}`, late > 2 && `known ${age(late)} later`].filter(Boolean).join(", "))));
}

function draw(one) {
  byId("status").replaceChildren(chip(one));
  setText(byId("verdict"), verdict(one));
  drawSums(one);
  drawKin(one);
  drawCandidates(one);
  drawSteps(one);
  drawEstimate(one);
  if (differs("crews", one.crews)) byId("crews").replaceChildren(...(one.crews.length ? one.crews.map(crewLine) : [h("li", { class: "muted" }, "0 crews were sent.")]));
  drawDamage(one);
  if (differs("timeline", one.facts)) byId("timeline").replaceChildren(...one.facts.map(factLine));
  setText(byId("timeline-words"), `${one.facts.length}, the newest first`);
  drawActs(one);
  map.show([{ ...one, candidates: one.sections }]);
}

const refresh = oneAtATime(async () => {
  try {
    const [one, plan] = await Promise.all([get(base), get(`${base}/plan`)]);
    // Under an open dialog nothing moves: what is confirmed is what was read.
    if (document.querySelector("dialog[open]")) return;
    draw(one);
    drawPlan(plan, about, refresh);
  } catch (error) {
    setText(byId("verdict"), error.message);
  }
});

for (const name of ["hint", "data"]) live.addEventListener(name, ({ detail }) => ["incidents", "proposals", "orders"].includes(detail.topic) && refresh());
setInterval(() => { if (!document.hidden) refresh(); }, AGAIN_MS);
bindActs(base, about, refresh);
map.open();
refresh();
