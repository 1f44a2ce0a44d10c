/** What to buy against interruptions: the front of cost and customer minutes, and each measure with its reason. */
import { api, get, post } from "../js/api.js";
import { config, elementUrl } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, number, when } from "../js/format.js";
import { live } from "../js/live.js";
import { clear, colour, draw } from "./plotly_theme.js";

const AGAIN_MS = 2000, SLOW_MS = 60000, UNFINISHED = new Set(["queued", "running"]);
const page = { run: null, point: null, filled: false, timer: 0 };
const percent = (share) => `${number(100 * share, "%", 1)} %`;
const money = (value) => number(Number.isFinite(value) ? Math.round(value) : null, "", 0);

function drawFront() {
  const { front } = page.run.result;
  draw(byId("front"), () => ({
    data: [
      { type: "scatter", mode: "lines", name: "no choice can be below", x: front.map(({ cost }) => cost), y: front.map((one) => one.bound_customer_minutes), line: { dash: "dot", width: 1, color: colour("--muted") } },
      { type: "scatter", mode: "lines+markers", name: "best found", x: front.map(({ cost }) => cost), y: front.map((one) => one.customer_minutes), line: { shape: "hv", color: colour("--text") }, marker: { size: front.map((_, n) => (n === page.point ? 14 : 8)), color: front.map((_, n) => (n === page.point ? colour("--select") : colour("--text"))) } },
    ],
    layout: { margin: { l: 80, r: 12, t: 8, b: 48 }, xaxis: { title: { text: "cost, present value" }, rangemode: "tozero" }, yaxis: { title: { text: "customer minutes a year" }, rangemode: "tozero" }, legend: { orientation: "h", y: 1.12 } },
  }));
}

const fact = (name, words) => [h("dt", {}, name), h("dd", {}, words)];

function drawPoint() {
  const { front, before, customers } = page.run.result, one = front[page.point];
  const saidi = (minutes) => (customers ? `${number(minutes / customers, "", 2)} min` : number(null));
  byId("facts").replaceChildren(
    ...fact("Cost", money(one.cost)),
    ...fact("Customer minutes a year", `${money(one.customer_minutes)} of ${money(before.customer_minutes)}`),
    ...fact("SAIDI expected", `${saidi(one.customer_minutes)} of ${saidi(before.customer_minutes)}`),
    ...fact("Energy not served", `${money(one.ens_kwh)} of ${money(before.ens_kwh)} kWh a year`),
    ...fact("Lost load saved", `${money(one.saved_per_year)} a year`),
    ...fact("Net present value", money(one.npv)),
    ...fact("Benefit by cost", one.benefit_cost === null ? number(null) : number(one.benefit_cost, "", 2)),
    ...fact("Found by", one.method === "greedy and exchange" ? `${one.method}; an ideal choice could leave ${percent(one.gap)} less at most` : `${one.method}: proven the best of these measures`));
  byId("measures").replaceChildren(...one.measures.map((row) => h("tr", {}, h("td", {}, row.kind_label), h("th", { scope: "row" }, row.mrid ? h("a", { href: elementUrl(row.mrid) }, row.name) : row.name), h("td", { class: "number" }, money(row.cost)), h("td", { class: "number" }, money(row.customer_minutes_saved)), h("td", { class: "number" }, money(row.ens_kwh_saved)), h("td", {}, row.reason))));
  setText(byId("measures-count"), one.measures.length ? `${one.measures.length} measures` : "nothing is bought here");
}

function choose(number_) {
  page.point = number_;
  byId("point").value = String(number_);
  drawFront();
  drawPoint();
}

function drawRun() {
  const { run } = page, has = Boolean(run?.result.front?.length);
  byId("front-empty").hidden = has;
  byId("front").hidden = !has;
  setText(byId("words"), run ? run.text : "Nothing has been worked out yet.");
  if (!has) { clear(byId("front")); return; }
  const { front, notes, candidates, looked_at: looked } = run.result;
  setText(byId("run"), `Worked out ${when(instant(run.finished_at), live.now())} in ${number(run.duration_ms / 1000, "s", 0)} s, asked by ${run.asked_by}; network ${run.network_version}, seed ${run.seed}`);
  byId("point").replaceChildren(...front.map((one, n) => h("option", { value: n }, money(one.cost))));
  byId("notes").replaceChildren(...notes.map((text) => h("li", {}, text)), h("li", {}, `${candidates} measures are possible; ${looked} of them, the most saving for their cost, were looked at closely.`));
  choose(front.length - 1);
}

function fill(options) {
  const form = byId("ask");
  if (!form || page.filled) return;
  page.filled = true;
  for (const [name, value] of Object.entries(options)) if (form.elements[name] && name !== "kinds") form.elements[name].value = value;
  for (const box of form.querySelectorAll("[name=kinds]")) box.checked = options.kinds.includes(box.value);
}

function drawProgress(asked) {
  const busy = asked && UNFINISHED.has(asked.outcome), box = byId("progress"), button = byId("ask")?.querySelector("button");
  if (box) setText(box, busy ? `${asked.outcome_label}: ${percent(asked.progress)}` : asked && asked.id !== page.run?.id ? `${asked.outcome_label}. ${asked.text}` : "");
  if (button) button.disabled = Boolean(busy);
  return busy;
}

async function refresh() {
  clearTimeout(page.timer);
  let busy = false;
  try {
    const told = await get(api("resilience/hardening"));
    fill(told.run?.options ?? told.defaults);
    if (!page.drawn || told.run?.id !== page.run?.id) {
      page.run = told.run;
      page.drawn = true;
      drawRun();
    }
    busy = drawProgress(told.asked);
  } catch (error) {
    setText(byId("words"), error.message);
  }
  if (!config?.past) page.timer = setTimeout(refresh, busy ? AGAIN_MS : SLOW_MS);
}

async function ask(event) {
  event.preventDefault();
  const fields = new FormData(event.target), kinds = fields.getAll("kinds");
  fields.delete("kinds");
  setText(byId("refusal"), "");
  try {
    await post(api("resilience/hardening"), { ...Object.fromEntries([...fields].map(([name, value]) => [name, Number(value)])), kinds });
  } catch (error) {
    setText(byId("refusal"), error.message);
  }
  refresh();
}

byId("ask")?.addEventListener("submit", ask);
byId("point").addEventListener("change", (event) => choose(Number(event.target.value)));
refresh();
