import { api, get } from "../js/api.js";
import { elementUrl, pageData } from "../js/config.js";
import { byId, h, setText, svg } from "../js/dom.js";
import { age, instant, minute, number, precise, time } from "../js/format.js";
import { live } from "../js/live.js";
import { faultTable } from "./fault_level.js";

const SCALE = 150;  // the bar's end, percent of the rating
const WIDTH = 120;
const DAY_WIDTH = 480;
const LOOK_AGAIN_MS = 60_000;
const LATE_S = 180;
let run = pageData("run-data");
let ahead = pageData("look-ahead-data");

const percent = (value) => `${number(value, "%", 0)} %`;
const link = (mrid, name) => (mrid ? h("a", { href: elementUrl(mrid) }, name) : h("span", {}, name));

function bar(loading) {
  const x = (value) => (Math.min(value, SCALE) / SCALE) * WIDTH;
  return svg("svg", { width: WIDTH, height: 14, role: "img", "aria-label": `${percent(loading)} of the rating` },
    svg("rect", { class: "track", x: 0.5, y: 2.5, width: WIDTH - 1, height: 9 }),
    svg("rect", { class: loading > 100 ? "fill beyond" : "fill", x: 0, y: 3, width: x(loading), height: 8 }),
    svg("line", { class: "limit", x1: x(100), x2: x(100), y1: 0, y2: 14 }));
}

/** The element's name in its sentence leads to the element. */
function sentence({ sentence: text, equipment_name: name, equipment_mrid: mrid }) {
  const [before, ...after] = text.split(name);
  return after.length ? [before, link(mrid, name), after.join(name)] : [text];
}

const voltage = (end) => (end ? [number(end.voltage_pu, "pu"), h("span", { class: "small muted" }, ` of ${number(end.limit_pu, "pu")}`)] : ["–"]);

function row(outage) {
  const { worst } = outage;
  return h("tr", { "data-secure": outage.is_secure ? "yes" : "no" },
    h("td", { class: "number" }, outage.rank), h("td", { class: "what" }, sentence(outage)),
    h("td", { class: "number" }, number(outage.customers_at_stake, "customers")),
    h("td", { class: "number" }, number(outage.customers_lost, "customers")),
    h("td", {}, worst ? [bar(worst.loading_percent), h("span", { class: "small" }, `${percent(worst.loading_percent)} `, link(worst.mrid, worst.name))] : h("span", { class: "muted" }, "nothing stays live there")),
    h("td", { class: "number" }, worst ? percent(worst.margin_percent) : "–"),
    h("td", { class: "number" }, ...voltage(outage.lowest)));
}

function verdict() {
  if (!run) return "Not known: there has been no run yet.";
  if (run.outcome === "unknown") return `Not known: ${run.reason}`;
  const dark = Math.max(0, ...run.contingencies.map((outage) => outage.customers_lost));
  const gravest = dark ? ` The gravest leaves ${number(dark, "customers")} customers without supply.` : "";
  if (run.outcome === "secure") return `None of ${number(run.outages, "customers")} outages brings anything beyond its limits.${gravest}`;
  return `Not secure: ${number(run.insecure, "customers")} of ${number(run.outages, "customers")} outages bring something beyond its limits.${gravest}`;
}

function facts() {
  if (!run) return "It runs each minute and when a switch moves.";
  const at = instant(run.as_of), seconds = (live.now() - at) / 1000;
  const why = run.trigger === "topology" ? "after a switch moved" : "periodic";
  return `${seconds > LATE_S ? "OLD: " : ""}${time(at)}, ${age(seconds)} ago, ${why}, in ${Math.round(run.duration_ms)} ms`;
}

function drawRun() {
  setText(byId("verdict"), verdict());
  drawFacts();
  const wanted = (run?.contingencies ?? []).filter((outage) => !byId("only-insecure").checked || !outage.is_secure);
  byId("outages").replaceChildren(...wanted.map(row));
  const empty = byId("no-outages");
  empty.hidden = wanted.length > 0;
  setText(empty, run ? `0 outages to show, last run ${time(instant(run.as_of))}` : "0 outages: no run yet");
}

function drawFacts() {
  setText(byId("run-facts"), facts());
  if (run) byId("run-facts").title = precise(instant(run.as_of));
}

function timeline({ first, behind }) {
  const x = (step) => (step / ahead.steps) * DAY_WIDTH;
  const start = instant(ahead.starts_at);
  const hours = [0, 6, 12, 18, 24].map((hour) => svg("text", { class: "axis", x: Math.min((hour / 24) * DAY_WIDTH, DAY_WIDTH - 34), y: 26 }, minute(start + hour * 3_600_000)));
  return svg("svg", { viewBox: `0 0 ${DAY_WIDTH} 30`, "aria-hidden": "true" },
    svg("rect", { class: "track", x: 0.5, y: 2.5, width: DAY_WIDTH - 1, height: 9 }),
    svg("rect", { class: "fill beyond", x: x(first), y: 3, width: Math.max(2, x(behind) - x(first)), height: 8 }), ...hours);
}

function statement(told) {
  const reaches = told.reaches === null ? "" : ` One future in twenty reaches ${number(told.reaches, told.unit)} ${told.unit}.`;
  return h("li", {}, h("p", {}, sentence(told)), timeline(told),
    h("p", { class: "small muted" }, `± ${number(100 * told.standard_error, "%")} %, likeliest quarter hour ${percent(100 * told.peak_probability)}.${reaches}`));
}

function drawAhead() {
  const at = ahead && instant(ahead.as_of);
  setText(byId("ahead-facts"), ahead ? `from ${time(at)}, ${ahead.futures} futures` : "");
  let body = h("p", { class: "empty" }, "Nobody has looked ahead yet; it is done each quarter of an hour.");
  if (ahead?.outcome === "done" && ahead.statements.length) body = h("ol", {}, ahead.statements.map(statement));
  else if (ahead?.outcome === "done") body = h("p", { class: "empty" }, `0 limits with 5 % or more, last look ${time(at)}`);
  else if (ahead) body = h("p", { class: "empty" }, `${ahead.reason} Last try ${time(at)}.`);
  byId("ahead").replaceChildren(body, ...(ahead?.expected_from ? [h("p", { class: "small muted empty" }, `Expected from ${ahead.expected_from}.`)] : []));
}

let look = 0;
async function lookAgain() {
  const mine = ++look;
  try {
    const newest = await get(api("state/look-ahead"));
    if (mine !== look) return;
    ahead = newest;
    drawAhead();
  } catch { /* nothing newer: what is shown carries its time */ }
}

async function found(name) {
  const hits = await get(api(`network/search?q=${encodeURIComponent(name)}`));
  byId("fault-names").replaceChildren(...hits.map((hit) => h("option", { value: hit.name }, hit.class)));
  return hits.find((hit) => hit.name === name) ?? hits[0];
}

let question = 0;
async function workOut(event) {
  event.preventDefault();
  const mine = ++question;
  const result = byId("fault-result"), mva = byId("fault-mva").value;
  try {
    const hit = await found(byId("fault-node").value.trim());
    const table = hit ? faultTable(await get(api(`state/short-circuit?node=${hit.mrid}${mva ? `&source_mva=${encodeURIComponent(mva)}` : ""}`))) : [h("p", {}, "Nothing in the network has this name.")];
    if (mine === question) result.replaceChildren(...table);
  } catch (error) {
    if (mine === question) result.replaceChildren(h("p", {}, error.message));
  }
}

function take({ detail }) {
  if (detail.topic !== "security" || !detail.data) return;
  run = detail.data;
  drawRun();
}

live.addEventListener("data", take);
live.addEventListener("snapshot", take);
live.addEventListener("jump", lookAgain);
byId("only-insecure").addEventListener("change", drawRun);
byId("fault-form").addEventListener("submit", workOut);
setInterval(drawFacts, 1000);
setInterval(lookAgain, LOOK_AGAIN_MS);
drawRun();
drawAhead();
