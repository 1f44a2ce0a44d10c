/** What a person does about an incident: each act is asked back, goes to the API, and shows the reason where it is refused. */
import { api, exchange, get, reason } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { asInstant } from "../js/format.js";
import { ask } from "./ask.js";
import { count } from "./incident_words.js";

let base = "", about = {}, refresh = () => {}, incident = null;
const touched = new Set();

function confirm({ title, lines, yes }) {
  const dialog = byId("confirm");
  setText(byId("confirm-title"), title);
  byId("confirm-text").replaceChildren(...lines.map((text) => h("p", {}, text)));
  setText(byId("confirm-yes"), yes);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => { dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }); });
}

async function act(noun, body, outcome, done) {
  setText(byId(outcome), "");
  const { status, body: told } = await exchange(`${base}/${noun}`, "POST", body);
  const isDone = status >= 200 && status < 300;
  setText(byId(outcome), isDone ? done : reason(told, status));
  await refresh();
  return isDone;
}

async function confirmSection(key) {
  const section = incident.sections.find((one) => one.key === key);
  const lines = [`Fault in: ${section.name}.`, `${count(section.customers)} customers inside stay without supply until it is repaired. Isolated by ${section.switches.map(({ name }) => name).join(", ") || "no switch"}.`, "Plans to bring supply back rest on this section from now on."];
  if (await confirm({ title: `Confirm the faulted section of ${incident.number}`, lines, yes: "Confirm" })) await act("confirmed-section", { key }, "confirm-outcome", "Confirmed.");
}

async function sendCrew(event) {
  event.preventDefault();
  const which = byId("crew-which"), task = byId("crew-task");
  if (!which.value) return setText(byId("crews-outcome"), "No crew is free.");
  const name = which.selectedOptions[0].textContent;
  if (!await confirm({ title: `Send ${name} to ${incident.number}`, lines: [`It is on this job until it is done or released.${task.value ? ` Task: ${task.value}` : ""}`], yes: "Send" })) return undefined;
  if (await act("crews", { crew_id: Number(which.value), task: task.value }, "crews-outcome", `${name} is sent.`)) task.value = "";
  return fillCrews();
}

async function estimate(event) {
  event.preventDefault();
  const [earliest_at, likely_at, latest_at] = ["earliest", "likely", "latest"].map((name) => asInstant(byId(`estimate-${name}`).value));
  const lines = [`Likely ${byId("estimate-likely").value}, between ${byId("estimate-earliest").value} and ${byId("estimate-latest").value}.`, "The public page shows the band, rounded to quarters of an hour."];
  if (await confirm({ title: `When supply is back: ${incident.number}`, lines, yes: "Say it" })) await act("estimate", { earliest_at, likely_at, latest_at, reason: byId("estimate-basis").value }, "crews-outcome", "The estimate is said.");
}

async function damage(event) {
  event.preventDefault();
  const body = { damage_class: byId("damage-class").value, cause: byId("damage-cause").value, damage: byId("damage-text").value, equipment_mrid: byId("damage-equipment").value || null };
  if (await act("damage", body, "damage-outcome", "Recorded.")) touched.clear();
}

async function note(event) {
  event.preventDefault();
  const body = { text: byId("note-text").value, looked_at: byId("note-looked").value || null };
  if (!await act("note", body, "note-outcome", "Written down.")) return;
  byId("note-text").value = byId("note-looked").value = "";
}

const MOVES = { assigned: ["en-route", "on-site", "released"], "en-route": ["on-site", "released"], "on-site": ["done", "released"] };
const MOVE_WORDS = { "en-route": "En route", "on-site": "On site", done: "Done", released: "Release…" };

async function moveCrew(crew, status) {
  const isGone = status === "released";
  if (isGone && !await confirm({ title: `Release ${crew.crew} from ${incident.number}`, lines: ["It is free for another job; its work here counts as not done."], yes: "Release" })) return;
  await act(`crews/${crew.id}`, { status }, "crews-outcome", `${crew.crew}: ${MOVE_WORDS[status].replace("…", "").toLowerCase()}.`);
  fillCrews();
}

/** What may be told of a crew that was sent. */
export const crewButtons = (crew) => (about.mayManage ? (MOVES[crew.status] ?? []).map((status) => button(MOVE_WORDS[status], () => moveCrew(crew, status), true)) : []);

async function repaired() {
  const lines = ["The fault is repaired: the section may be put under voltage again, and the way back to normal switching is proposed next.", "It is told to nobody in the field from here: be sure that nobody works at it any more."];
  if (await confirm({ title: `Repaired: ${incident.number}`, lines, yes: "It is repaired" })) await act("repair", {}, "damage-outcome", "Repaired.");
}

async function close() {
  const cause = byId("damage-cause"), words = byId("damage-note").value;
  const lines = [`Cause: ${cause.selectedOptions[0].textContent}.${words ? ` ${words}` : ""}`, "A closed incident is not changed any more; its figures go into the reliability report."];
  if (await confirm({ title: `Close ${incident.number}`, lines, yes: "Close it" })) await act("closure", { cause: cause.value, cause_note: words }, "damage-outcome", "Closed.");
}

async function cancel() {
  const why = await ask({ title: `Cancel ${incident.number}: it was no loss of supply`, label: "Why. Its recorded outage is taken away.", text: "", yes: "Cancel the incident" });
  if (why) await act("cancellation", { reason: why }, "damage-outcome", "Cancelled.");
}

const button = (words, onclick, quiet = false) => h("button", { type: "button", class: quiet ? "quiet" : null, onclick }, words);

/** What the state allows; whatever else is asked the server refuses with its reason. */
function drawButtons() {
  const may = new Set(incident.may_become);
  const rows = [may.has("repaired") && ["Repaired…", repaired], may.has("closed") && ["Close…", close], may.has("cancelled") && ["Cancel…", cancel, true]].filter(Boolean);
  const print = rows.map(([words]) => words).join();
  if (byId("acts").dataset.has === print) return;
  byId("acts").dataset.has = print;
  byId("acts").replaceChildren(...rows.map((row) => button(...row)));
}

/** What nobody is typing in shows what is recorded. */
function fillDamage() {
  for (const [id, value] of Object.entries({ "damage-class": incident.damage_class, "damage-cause": incident.cause, "damage-text": incident.damage, "damage-note": incident.cause_note })) {
    if (!touched.has(id)) byId(id).value = value;
  }
}

async function fillCrews() {
  const { crews } = await get(api("crews")).catch(() => ({ crews: [] }));
  const free = crews.filter(({ incident: job, status }) => !job && status === "available");
  byId("crew-which").replaceChildren(...free.map((crew) => h("option", { value: crew.id }, crew.name)));
}

/** Lines and transformers that are suspected; what is chosen stays chosen. */
function fillEquipment() {
  const found = new Map(incident.sections.flatMap(({ lines, transformers }) => [...lines, ...transformers]).map(({ mrid, name }) => [mrid, name]));
  if (incident.equipment_mrid) found.set(incident.equipment_mrid, incident.equipment_name);
  const print = [...found.keys()].join();
  for (const [id, none] of [["damage-equipment", "not known yet"], ["note-looked", "no line"]]) {
    const select = byId(id), chosen = select.dataset.has === undefined && id === "damage-equipment" ? incident.equipment_mrid ?? "" : select.value;
    if (select.dataset.has === print) continue;
    select.dataset.has = print;
    select.replaceChildren(h("option", { value: "" }, none), ...[...found].map(([mrid, name]) => h("option", { value: mrid }, name)));
    select.value = found.has(chosen) ? chosen : "";
  }
}

export function drawActs(one) {
  incident = one;
  if (!about.mayManage) return;
  for (const form of document.querySelectorAll("form[data-while-open]")) form.hidden = !one.is_open || Boolean(config.past);
  fillDamage();
  fillEquipment();
  drawButtons();
}

export function bindActs(path, rights, again) {
  [base, about, refresh] = [path, rights, again];
  if (!about.mayManage) return;
  byId("candidates").addEventListener("click", ({ target }) => target.dataset.act === "confirm" && confirmSection(target.closest(".candidate").dataset.key));
  for (const [id, submit] of Object.entries({ crew: sendCrew, estimate, damage, note })) byId(`${id}-form`).addEventListener("submit", submit);
  byId("damage-form").addEventListener("input", ({ target }) => touched.add(target.id));
  fillCrews();
}
