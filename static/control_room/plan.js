import { api, get, post, send } from "../js/api.js";
import { pageData } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { asInstant, instant, stamp } from "../js/format.js";
import { live } from "../js/live.js";
import { ask } from "./ask.js";
import { newKey, openSelected } from "./command.js";
import { stepRow } from "./plan_steps.js";
import { ElementField } from "./study_search.js";

const FITS = { switch: /Switch|Breaker|Disconnector|Fuse|Recloser/, tap: /Transformer/ };
const MOVES = {
  requested: { words: "Request it", right: "prepare" }, prepared: { words: "I have prepared it", right: "prepare" },
  checked: { words: "I have checked it", right: "prepare" }, approved: { words: "I approve it", right: "approve" },
  under_way: { words: "Begin", right: "operate" }, completed: { words: "Complete", right: "operate" },
  rejected: { words: "Reject…", right: "prepare", asks: "Why is it rejected?" }, aborted: { words: "Abort…", right: "prepare", asks: "Why is it aborted?" },
  new: { words: "Write it anew", right: "prepare" },
};
const rights = pageData("plan-rights");
const base = api(`plans/${pageData("plan-data").id}`);
let plan = pageData("plan-data");
const kind = () => byId("step-kind").value;
const search = (text) => api(`network/search?q=${text}`);
const device = new ElementField("step-device", "step-names", "", (name) => FITS[kind()]?.test(name) ?? true, search);
const isolator = new ElementField("document-device", "document-names", "", () => true, search);

const time = (text) => stamp(instant(text)).slice(0, 19);

function draw() {
  setText(byId("status"), plan.status_label);
  drawStudy();
  const next = plan.status === "under_way" ? plan.steps.find(({ status }) => !["completed", "aborted"].includes(status)) : null;
  const results = new Map((plan.study?.results ?? []).map((result) => [result.position, result]));
  const rows = plan.steps.map((step) => stepRow(step, { result: results.get(step.position), isNext: step === next, rights, plan, act: stepAct, edit }));
  byId("steps").replaceChildren(...(rows.length ? rows : [h("tr", {}, h("td", { colspan: 8, class: "muted" }, "0 steps yet."))]));
  byId("moves").replaceChildren(...plan.moves.map((move) => h("li", {}, h("b", {}, move.status_label), h("span", {}, `${move.by}, ${time(move.at)}`), move.reason && h("span", { class: "muted" }, move.reason))));
  byId("acts").replaceChildren(...acts());
  drawKin();
  drawDocuments();
  const mayWrite = plan.is_writable && rights.prepare;
  byId("step-form").hidden = byId("document-form").hidden = !mayWrite;
}

function drawStudy() {
  const { study } = plan;
  const words = study ? `Studied ${time(study.as_of)} by ${study.made_by}: ${study.text}` : "Not studied yet.";
  setText(byId("study-words"), words);
}

const acts = () => [
  rights.prepare && plan.steps.length > 0 && h("button", { type: "button", onclick: () => doing("studies") }, "Study it on the live state"),
  ...plan.may_become.filter((to) => rights[plan.status === "under_way" ? "operate" : MOVES[to].right]).map((to) => h("button", { type: "button", onclick: () => move(to) }, MOVES[to].words)),
  rights.prepare && plan.steps.length > 0 && !plan.go_back && h("button", { type: "button", onclick: () => doing("go-back") }, "Make the way back"),
  rights.prepare && h("button", { type: "button", onclick: copy }, plan.kind === "template" ? "Make a plan from it…" : "Copy, or make a template…"),
].filter(Boolean);

function drawKin() {
  const link = (id, words) => id && h("a", { href: `/plans/${id}/` }, `${words} SP-${id}`);
  byId("kin").replaceChildren(...[link(plan.from_template, "made from"), link(plan.go_back_of, "goes back from"), link(plan.go_back, "way back:")].filter(Boolean).flatMap((one) => [one, " "]));
}

function drawDocuments() {
  const rows = plan.documents.map((one) => h("li", {}, h("b", {}, `${one.kind_label} ${one.number}`), h("span", {}, one.status_label),
    h("span", { class: "muted" }, `${one.work}. ${one.crew}: ${one.crew_status_label.toLowerCase()}. Isolated by ${one.devices.map(({ name }) => name).join(", ")}.`), ...crewActs(one)));
  byId("documents").replaceChildren(...(rows.length ? rows : [h("li", { class: "muted" }, "0 documents. Work on dead parts needs one.")]));
}

function crewActs(one) {
  if (!rights.operate || one.status !== "issued") return [];
  const to = one.crew_status === "issued" ? "cleared" : "issued";
  const words = to === "issued" ? "Crew signs on" : "Crew signs off";
  return [h("button", { type: "button", class: "quiet", onclick: () => attempt(() => post(api(`safety-documents/${one.id}/crew`), { status: to })) }, words)];
}

const lookAgain = () => get(base).then((told) => { plan = told; draw(); }).catch(() => {});

/** An act and what it made of the plan, or the reason why not. */
async function attempt(act, at = "refusal") {
  setText(byId(at), "");
  try {
    plan = await act();
    draw();
    return true;
  } catch (error) {
    setText(byId(at), error.message);
    if (error.status === 409) await lookAgain();
    return false;
  }
}

const doing = (noun) => attempt(async () => {
  const told = await post(`${base}/${noun}`, {});
  if (noun !== "go-back") return told;
  location.assign(`/plans/${told.id}/`);
  return plan;
});

async function move(to) {
  const { asks, words } = MOVES[to];
  const reason = asks ? await ask({ title: asks, label: "Reason", text: "", yes: words.replace("…", "") }) : "";
  if (asks && !reason) return;
  await attempt(() => post(`${base}/moves`, { to, reason }));
}

function copy() {
  const dialog = byId("copy"), value = (id) => byId(`copy-${id}`).value.trim();
  dialog.returnValue = "no";
  dialog.showModal();
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && attempt(async () => {
    const made = await post(`${base}/copies`, { name: value("name"), purpose: value("purpose"), kind: value("kind"), begins_at: value("begins") ? asInstant(value("begins")) : null });
    location.assign(`/plans/${made.id}/`);
    return plan;
  }), { once: true });
}

/** A step to the field from here selects its device: the second confirmation follows within 10 s. */
async function stepAct(step, verb, body = { key: newKey() }) {
  if (verb === "report" && step.status === "unknown") {
    body.note = await ask({ title: `Step ${step.position}: ${step.text}`, label: "What was found in the field, and how", text: "", yes: body.outcome === "completed" ? "It is done" : "It was not done" });
    if (!body.note) return;
  }
  let order = null;
  const done = await attempt(async () => {
    const { order: selected, ...told } = await post(`${base}/steps/${step.position}/${verb}`, body);
    order = selected;
    return told;
  });
  if (done && order) openSelected(order, byId("steps"));
}

const plain = ({ kind: of, mrid, payload, crew, text }) => ({ kind: of, mrid, crew, text, ...payload });

/** Nothing is written over what somebody else has written meanwhile. */
const writeSteps = (steps) => send(`${base}/steps`, { steps, replaces: plan.steps.map(({ id }) => id) }, "PUT");

async function addStep(event) {
  event.preventDefault();
  const form = event.target;
  const given = { kind: kind(), crew: form.crew.value, text: form.text.value };
  await attempt(async () => {
    if (!["issue", "release"].includes(kind())) given.mrid = await device.mrid();
    if (kind() === "switch") given.closed = form.closed.value === "true";
    if (kind() === "tap") given.position = Number(form.position.value);
    if (kind() === "tag") Object.assign(given, { tag: form.tag.value, reason: form.reason.value });
    if (["issue", "release"].includes(kind())) given.document = Number(form.document.value);
    return writeSteps([...plan.steps.map(plain), given]);
  }, "step-refusal");
}

async function draft(event) {
  event.preventDefault();
  const form = event.target;
  await attempt(async () => post(`${base}/documents`, {
    kind: form.kind.value, crew: form.crew.value, work: form.work.value, devices: [await isolator.mrid()],
  }), "document-refusal");
}

function fitForm() {
  for (const label of byId("step-form").querySelectorAll("[data-for]")) label.hidden = !label.dataset.for.split(" ").includes(kind());
}

/** Written anew without it, or with it one place higher. */
function rewrite(steps) {
  return attempt(() => writeSteps(steps.map(plain)), "step-refusal");
}

function edit(step, verb) {
  const others = plan.steps.filter((one) => one !== step);
  if (verb === "drop") return rewrite(others);
  others.splice(Math.max(plan.steps.indexOf(step) - 1, 0), 0, step);
  return rewrite(others);
}

byId("step-kind").addEventListener("change", fitForm);
byId("step-form").addEventListener("submit", addStep);
byId("document-form").addEventListener("submit", draft);
live.addEventListener("hint", ({ detail }) => ["plans", "orders"].includes(detail.topic) && lookAgain());
fitForm();
draw();
