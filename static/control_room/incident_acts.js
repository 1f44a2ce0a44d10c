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
  if (await confirm({ title: `Confirm the faulted section of ${incident.number}`, lines, yes: "Confirm" })) await act("confirmed-section", { section: key }, "confirm-outcome", "Confirmed.");
}

async function sendCrew(event) {
  event.preventDefault();
  const which = byId("crew-which"), task = byId("crew-task");
  if (!which.value) return setText(byId("crews-outcome"), "No crew is free.");
  const name = which.selectedOptions[0].textContent;
  if (!await confirm({ title: `Send ${name} to ${incident.number}`, lines: [`It is on this job until it is done or released.${task.value ? ` Task: ${task.value}` : ""}`], yes: "Send" })) return undefined;
  if (await act("crews", { crew: Number(which.value), task: task.value }, "crews-outcome", `${name} is sent.`)) task.value = "";
  return fillCrews();
}

async function estimate(event) {
  event.preventDefault();
  const [earliest_at, likely_at, latest_at] = ["earliest", "likely", "latest"].map((name) => asInstant(byId(`estimate-${name}`).value));
  const lines = [`Likely ${byId("estimate-likely").value}, between ${byId("estimate-earliest").value} and ${byId("estimate-latest").value}.`, "The public page shows the band, rounded to quarters of an hour."];
  if (await confirm({ title: `When supply is back: ${incident.number}`, lines, yes: "Say it" })) await act("estimate", { earliest_at, likely_at, latest_at, basis: byId("estimate-basis").value }, "crews-outcome", "The estimate is said.");
}

async function damage(event) {
  event.preventDefault();
  const body = { damage_class: byId("damage-class").value, cause: byId("damage-cause").value, damage: byId("damage-text").value, cause_note: byId("damage-note").value };
  if (await act("damage", body, "damage-outcome", "Recorded.")) touched.clear();
}

async function note(event) {
  event.preventDefault();
  if (await act("note", { text: byId("note-text").value }, "note-outcome", "Written down.")) byId("note-text").value = "";
}

async function repaired() {
  const lines = ["The fault is repaired and the section may be energised again. The way back to normal switching is proposed next."];
  if (await confirm({ title: `Repaired: ${incident.number}`, lines, yes: "It is repaired" })) await act("repair", {}, "damage-outcome", "Repaired.");
}

async function close() {
  const lines = [`Cause: ${incident.cause_label}. Damage: ${incident.damage_class_label}.`, "A closed incident is not changed any more; its figures go into the reliability report."];
  if (await confirm({ title: `Close ${incident.number}`, lines, yes: "Close it" })) await act("closure", {}, "damage-outcome", "Closed.");
}

async function cancel() {
  const why = await ask({ title: `Cancel ${incident.number}: it was no loss of supply`, label: "Why", text: "", yes: "Cancel the incident" });
  if (why) await act("closure", { cancelled: true, reason: why }, "damage-outcome", "Cancelled.");
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
  const { crews } = await get(api("incidents/desk")).catch(() => ({ crews: [] }));
  const free = crews.filter(({ incident: job, status }) => !job && status === "available");
  byId("crew-which").replaceChildren(...free.map((crew) => h("option", { value: crew.id }, crew.name)));
}

export function drawActs(one) {
  incident = one;
  if (!about.mayManage) return;
  for (const form of document.querySelectorAll("form[data-while-open]")) form.hidden = !one.is_open || Boolean(config.past);
  fillDamage();
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
