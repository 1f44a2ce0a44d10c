/** Courses of set-points: which there are, what one is for, and what became of it. */
import { api, get } from "../js/api.js";
import { config, elementUrl, pageData } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, minute, number, time } from "../js/format.js";
import { live } from "../js/live.js";
import { keepPast } from "../js/past_url.js";
import { actsOf } from "./course_acts.js";
import { CourseChart } from "./course_chart.js";

const page = pageData("courses-data");
const REFRESH_MS = 10_000, MOST = 50, WIDTH = 1200, AROUND_S = 900;
const NOTHING = "–";
const chart = new CourseChart(byId("course-chart"), byId("chart-reading"));
let shown = page.id, before = null, last = null, ticket = 0, acted = "";

const at = (text) => (text ? `${day(instant(text)).slice(5)} ${minute(instant(text))}` : NOTHING);
const isOpen = ({ status }) => status === "proposed" || status === "running";
const url = (id) => keepPast(`/courses/${id}/`);

function row(one) {
  const open = h("a", { href: url(one.id), onclick: (event) => { event.preventDefault(); show(one.id); } }, String(one.id));
  return h("tr", { "aria-current": shown === one.id && "true", "data-status": one.status }, h("th", { scope: "row" }, open),
    h("td", {}, one.title, h("span", { class: "reason" }, `${one.device_name}, ${one.desk_label}`)),
    h("td", {}, one.status_label, one.reason ? h("span", { class: "reason" }, one.reason) : null),
    h("td", { class: "nowrap" }, at(one.starts_at), h("br"), at(one.ends_at)));
}

async function refreshList(mine) {
  const status = byId("status").value;
  const { courses } = await get(api(`courses?${new URLSearchParams({ ...(status && { status }), ...(before && { before }) })}`));
  if (mine !== ticket) return;
  last = courses.at(-1)?.id ?? null;
  shown ??= (courses.find(isOpen) ?? courses[0])?.id ?? null;
  byId("courses").replaceChildren(...courses.map(row));
  byId("list-empty").hidden = courses.length > 0;
  byId("older").disabled = courses.length < MOST;
  setText(byId("list-state"), `${courses.filter(isOpen).length} open of ${courses.length} shown, last check ${time(live.now())}`);
}

const fact = (name, ...told) => h("div", {}, h("dt", {}, name), h("dd", {}, ...told));

function facts({ course, effect }) {
  const approved = course.rule ? `the rule: ${course.rule}` : course.decided_by;
  const moves = `${effect.moves} ${effect.moves === 1 ? "set-point" : "different set-points"}, ${number(effect.lowest, course.unit, 1)} to ${number(effect.highest, course.unit, 1)} ${course.unit}`;
  const energy = effect.drawn_kwh === undefined ? "" : `, ${number(effect.drawn_kwh, "kWh", 1)} kWh drawn, ${number(effect.given_kwh, "kWh", 1)} kWh given`;
  return [
    fact("Device", h("a", { href: elementUrl(course.device_mrid) }, course.device_name)), fact("Proposed by", `${course.desk_label}, ${at(course.created_at)}`),
    fact("What it comes to", `${moves}${energy}`), fact("From, to", `${at(course.starts_at)} to ${at(course.ends_at)}; then at rest: ${number(course.rest, course.unit, 1)} ${course.unit}`),
    fact("Decided by", approved ? `${approved}, ${at(course.decided_at)}` : "nobody yet"), fact("In the name of", course.executor ?? NOTHING),
  ];
}

const told = (value) => value !== "" && ["string", "number"].includes(typeof value);
const madeFrom = ({ versions }) => Object.entries(versions).filter(([, value]) => told(value)).map(([name, value]) => h("div", {}, h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, String(value))));

function stepRow(step, course) {
  const now = live.now(), { order } = step;
  const isNow = course.status === "running" && instant(step.at) <= now && now < instant(step.until);
  const why = order ? [order.status_label, order.reason].filter(Boolean).join(". ") : "";
  return h("tr", { "data-outcome": step.outcome, "data-now": isNow && "true" }, h("th", { scope: "row" }, String(step.number)), h("td", { class: "nowrap" }, at(step.at)),
    h("td", { class: "number" }, number(step.value, course.unit, 1)), h("td", {}, step.outcome_label, why ? h("span", { class: "reason" }, why) : null),
    h("td", { class: "number" }, order?.feedback == null ? NOTHING : number(order.feedback, course.unit, 1)), h("td", {}, order ? h("a", { href: keepPast("/orders/") }, String(order.id)) : NOTHING));
}

async function measuredOf(points, from, to) {
  const until = Math.min(to, live.now() / 1000);
  if (!points.length || until <= from) return { t: [], v: [] };
  const iso = (s) => new Date(s * 1000).toISOString();
  const told = await get(api(`telemetry/points/${points[0].id}/samples?${new URLSearchParams({ from: iso(from), to: iso(until), width: WIDTH })}`));
  return { t: told.t, v: told.mean };
}

async function refreshOne(mine) {
  const told = shown === null ? null : await get(api(`courses/${shown}/progress`));
  if (mine !== ticket) return;
  byId("one").hidden = !told;
  byId("none").hidden = Boolean(told);
  if (!told) return;
  const { course, steps, points, rest_order: rest } = told;
  setText(byId("one-title"), `Course ${course.id}: ${course.title}`);
  setText(byId("one-status"), course.status_label);
  setText(byId("one-reason"), course.reason);
  setText(byId("one-explanation"), course.explanation || "The desk gave no reasons in words.");
  byId("one-facts").replaceChildren(...facts(told));
  const made = madeFrom(course);
  byId("one-made").hidden = !made.length;
  byId("one-versions").replaceChildren(...made);
  const standing = JSON.stringify([course.id, course.status, course.executor]);
  if (standing !== acted) { acted = standing; byId("one-fault").hidden = true; byId("one-acts").replaceChildren(...actsOf(course, page, refresh)); }
  for (const id of ["steps-unit", "feedback-unit", "chart-unit"]) setText(byId(id), course.unit);
  byId("steps").replaceChildren(...steps.map((step) => stepRow(step, course)));
  setText(byId("chart-note"), [points.length ? `Measured by ${points[0].name}.` : "Nothing in the field measures this.", rest ? `Set to rest: ${rest.status_label}${rest.reason ? `, ${rest.reason}` : ""}.` : ""].filter(Boolean).join(" "));
  await draw(mine, course, points);
}

async function draw(mine, course, points) {
  const [from, to] = [instant(course.starts_at) / 1000 - AROUND_S, instant(course.ends_at) / 1000 + AROUND_S];
  const measured = await measuredOf(points, from, to);
  if (mine !== ticket) return;
  const planned = { t: [...course.steps.map((step) => instant(step.at) / 1000), instant(course.ends_at) / 1000], v: [...course.steps.map((step) => step.value), course.rest] };
  chart.draw({ planned, measured, from, to, now: live.now() / 1000, unit: course.unit });
}

async function refresh() {
  const mine = ++ticket;
  try {
    await refreshList(mine);
    await refreshOne(mine);
  } catch (error) {
    if (mine === ticket) setText(byId("list-state"), error.message);
  }
}

function show(id) {
  shown = id;
  history.replaceState(null, "", url(id));
  refresh();
}

byId("status").addEventListener("change", () => { before = null; refresh(); });
byId("newest").addEventListener("click", () => { before = null; refresh(); });
byId("older").addEventListener("click", () => { before = last; refresh(); });
if (config.past) live.addEventListener("jump", refresh);
else {
  live.addEventListener("hint", ({ detail }) => ["courses", "orders"].includes(detail.topic) && refresh());
  live.addEventListener("hello", refresh);
  setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
}
refresh();
