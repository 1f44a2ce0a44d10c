import { api, get, post, send } from "../js/api.js";
import { pageData } from "../js/config.js";
import { byId, h, say, setText } from "../js/dom.js";
import { instant, stamp } from "../js/format.js";
import { ask } from "./ask.js";
import { drawTimes } from "./studies.js";
import { Optimum } from "./study_optimum.js";
import { StudyMap } from "./study_map.js";
import { comparison, figureCells, resultOf } from "./study_results.js";
import { ElementField } from "./study_search.js";

const LOOK_AGAIN_MS = 1000;
const TABS = ["power-flow", "n-1", "hosting", "short-circuit", "optimum", "comparison"];
const FITS = {
  switch: /Switch|Breaker|Disconnector|Fuse|Recloser/, tap: /Transformer/, outage: /Transformer|ACLineSegment/, "set-power": /Consumer|Unit|Generat|Machine/,
};
const base = api(`studies/${pageData("study-data").id}`);
const page = { study: pageData("study-data"), tab: "power-flow", choices: 0, newest: {}, told: null };
const goTo = (mrid) => map.goTo(mrid);
const kind = () => byId("change-kind").value;
const field = new ElementField("change-element", "change-names", base, (name) => FITS[kind()]?.test(name) ?? true);
const hostingField = new ElementField("hosting-element", "hosting-names", base);
const faultField = new ElementField("fault-element", "fault-names", base);
const map = new StudyMap(base, (hit) => { if (field.input && (FITS[kind()]?.test(hit.class) ?? true)) field.set(hit); });

const optimum = new Optimum({ id: page.study.id, isOpen: page.study.status === "open", goTo, changed: afterChange,
  shown: ({ asked = true } = {}) => (asked ? choose("optimum") : drawTab()) });

const refuse = (id, text) => setText(byId(id), text);
const runRows = (of) => page.study.runs.filter((run) => run.kind === of);

function drawChanges() {
  const { changes, status } = page.study;
  setText(byId("changes-count"), `${changes.length} from the base`);
  byId("changes").replaceChildren(...(changes.length ? changes.map((change) => h("li", {}, h("span", {}, change.text),
    status === "open" ? h("button", { type: "button", class: "quiet", "aria-label": `Undo: ${change.text}`, onclick: () => undo(change) }, "Undo") : null)) : [h("li", { class: "muted" }, "0 changes: this is the base.")]));
}

const duration = (run) => (run.duration_ms === null ? run.outcome : `${Math.round(run.duration_ms)} ms`);

function drawRuns() {
  byId("runs").replaceChildren(...(page.study.runs.length ? page.study.runs.map((run) => h("li", {},
    h("button", { type: "button", class: "quiet name", onclick: () => open(run) }, `${run.kind_label}: ${run.text || run.outcome}`),
    h("span", { class: "small muted" }, `${stamp(instant(run.made_at)).slice(11, 19)}, ${duration(run)}${run.is_current ? "" : ", before later changes"}`))) : [h("li", { class: "muted" }, "0 runs yet.")]));
}

async function reload() {
  page.study = await get(base);
  drawChanges();
  drawRuns();
}

function drawTab() {
  for (const name of TABS) {
    const tab = byId(`tab-${name}`);
    tab.setAttribute("aria-selected", String(name === page.tab));
    tab.tabIndex = name === page.tab ? 0 : -1;
  }
  byId("result").setAttribute("aria-labelledby", `tab-${page.tab}`);
  const run = page.newest[page.tab];
  if (page.tab === "comparison") {
    setText(byId("result-facts"), page.told ? `${page.told.after.name} against ${page.told.before.name}; taps as they stand` : "");
    byId("result").replaceChildren(...(page.told ? comparison(page.told, goTo) : []));
    return;
  }
  if (page.tab === "optimum") {
    setText(byId("result-facts"), optimum.facts);
    byId("result").replaceChildren(...optimum.content);
    return;
  }
  const current = run && page.study.runs.find(({ id }) => id === run.id)?.is_current;
  setText(byId("result-facts"), run ? `${run.text}${current === false ? " OLD: the study has been changed since." : ""}` : "");
  byId("result").replaceChildren(...(run ? resultOf(run, goTo) : [h("p", { class: "empty" }, "Not worked out yet.")]));
}

function choose(name) {
  page.choices += 1;
  page.tab = name;
  drawTab();
}

/** A result shows itself, unless the engineer has chosen a tab or asked for another since. */
function reveal(name, choices) {
  if (choices === page.choices) page.tab = name;
  drawTab();
}

async function compare() {
  const other = byId("other").value;
  const told = await get(`${base}/comparison?with=${other}`);
  if (byId("other").value !== other) return;  // another one was chosen meanwhile
  page.told = told;
  if (other === "base") page.figures = told.figures;
  drawFigures();
  drawTab();
}

function drawFigures() {
  if (page.figures) byId("figures").replaceChildren(...figureCells(page.figures, (mrid) => map.limits(mrid)));
}

function take(run) {
  page.newest[run.kind] = run;
  if (run.kind === "power-flow" && run.outcome === "done") {
    map.show(run.id);
    const taps = run.result.taps_moved ? `, ${run.result.taps_moved} taps moved by their regulators` : "";
    setText(byId("frame-facts"), `Computed${taps}; strong: beyond a limit; dashed: dead; double: in a closed ring. Nothing here is measured.`);
  }
}

async function open(row) {
  page.choices += 1;
  await follow(row, page.choices);
}

async function follow(row, choices) {
  const run = await get(`${base}/runs/${row.id}`);
  take(run);
  await reload();
  reveal(run.kind, choices);
  if (run.outcome === "queued" || run.outcome === "running") setTimeout(() => follow(run, choices), LOOK_AGAIN_MS);
}

async function work(given) {
  refuse("run-refusal", "");
  const choices = (page.choices += 1);
  try {
    const run = await post(`${base}/runs`, { regulate: byId("regulate").checked, ...given });
    take(run);
    await reload();
    reveal(run.kind, choices);
    say(`${run.kind_label}: ${run.text || run.outcome}`);
    if (run.finished_at === null) setTimeout(() => follow(run, choices), LOOK_AGAIN_MS);
  } catch (error) {
    refuse("run-refusal", error.message);
  }
}

async function afterChange() {
  await reload();
  await optimum.renew();
  await work({ kind: "power-flow" });
  await compare();
}

async function undo(change) {
  try {
    await send(`${base}/changes/${change.position}`, {}, "DELETE");
    await afterChange();
  } catch (error) {
    refuse("change-refusal", error.message);
  }
}

function given(form) {
  const values = {};
  for (const input of form.querySelectorAll("[name]")) {
    if (input.closest("[hidden]") || input.value === "") continue;
    values[input.name] = input.type === "number" ? Number(input.value) : input.value;
  }
  return values;
}

async function change(event) {
  event.preventDefault();
  refuse("change-refusal", "");
  try {
    const { closed, percent, ...values } = given(event.target);
    const mrid = await field.mrid();
    const told = { ...(closed === undefined ? {} : { closed: closed === "true" }), ...(percent === undefined ? {} : { factor: percent / 100 }) };
    await post(`${base}/changes`, { kind: kind(), ...values, ...told, mrid: mrid || (kind() === "scale" ? "all" : "") });
    await afterChange();
  } catch (error) {
    refuse("change-refusal", error.message);
  }
}

function drawForm() {
  for (const label of byId("change-form").querySelectorAll("[data-for]")) label.hidden = !label.dataset.for.split(" ").includes(kind());
  byId("plant-flow").hidden = kind() !== "plant" || byId("plant").value !== "battery";
  byId("change-element").placeholder = kind() === "scale" ? "empty: the whole network" : "";
}

async function asked(event, elements, of) {
  event.preventDefault();
  refuse("run-refusal", "");
  try {
    await work({ kind: of, ...given(event.target), mrid: await elements.mrid() });
  } catch (error) {
    refuse("run-refusal", error.message);
  }
}

async function copy() {
  const name = await ask({ title: "Copy this study", label: "Name of the copy", text: `${page.study.name}, variant`, yes: "Copy" });
  if (!name) return;
  const made = await post(`${base}/copy`, { name });
  location.assign(`/studies/${made.id}/`);
}

async function archive() {
  await send(base, { status: page.study.status === "open" ? "archived" : "open" }, "PATCH");
  location.reload();
}

function onTabKey(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  choose(TABS[(TABS.indexOf(page.tab) + step + TABS.length) % TABS.length]);
  byId(`tab-${page.tab}`).focus();
}

async function start() {
  drawTimes();
  drawChanges();
  drawRuns();
  map.open().then(drawFigures);
  for (const name of TABS.slice(0, 4)) {
    const [newest] = runRows(name);
    if (newest) take(await get(`${base}/runs/${newest.id}`));
  }
  await optimum.start();
  drawTab();
  if (page.study.status === "open" && !runRows("power-flow").length) await work({ kind: "power-flow" });
  await compare();
}

for (const name of TABS) byId(`tab-${name}`).addEventListener("click", () => choose(name));
document.querySelector("[role=tablist]").addEventListener("keydown", onTabKey);
for (const button of document.querySelectorAll("[data-run]")) button.addEventListener("click", () => work({ kind: button.dataset.run }));
byId("other").addEventListener("change", async () => { await compare(); choose("comparison"); });
byId("copy").addEventListener("click", copy);
byId("archive").addEventListener("click", archive);
if (page.study.status === "open") {
  byId("change-form").addEventListener("submit", change);
  byId("change-kind").addEventListener("change", drawForm);
  byId("plant").addEventListener("change", drawForm);
  byId("hosting-form").addEventListener("submit", (event) => asked(event, hostingField, "hosting"));
  byId("fault-form").addEventListener("submit", (event) => asked(event, faultField, "short-circuit"));
  drawForm();
}
start();
