/** Files: handed over, looked at by a worker, confirmed by a person. */
import { api, exchange, get, reason } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, minute, number } from "../js/format.js";
import { fact } from "./demand_words.js";

const POLL_MS = 1000, SHOWN = 500;
const HOLDS = { customers: "Customers", meter: "Meter readings" };
const STATES = { checking: "Being checked", previewed: "Waits to be confirmed", refused: "Cannot be imported", importing: "Being imported", done: "Imported", failed: "Failed" };
const said = (text) => setText(byId("import-state"), text);
const pause = () => new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
let run = null, newest = 0;

const countWords = (counts) => Object.entries(counts).map(([name, count]) => `${number(count, "", 0)} ${name}`).join(", ");
const isWorking = (one) => one.state === "checking" || one.state === "importing";

function problemRow(one) {
  return h("tr", {}, h("td", { class: "number" }, one.row ? String(one.row) : "file"), h("td", {}, one.field), h("td", {}, one.problem));
}

function show(one) {
  run = one;
  const counts = byId("import-counts"), mayConfirm = one.state === "previewed", hasBad = one.problem_count > 0;
  counts.replaceChildren();
  for (const [name, count] of Object.entries(one.counts)) fact(counts, name, number(count, "", 0));
  byId("import-problems").replaceChildren(...one.problems.slice(0, SHOWN).map(problemRow));
  byId("import-table").hidden = !hasBad;
  setText(byId("import-caption"), one.problem_count > SHOWN ? `The first ${SHOWN} of ${one.problem_count}; all of them are in the file of problems.` : `${one.problem_count} problems`);
  byId("import-problems-file").hidden = !hasBad;
  byId("import-problems-file").href = api(`demand/imports/${one.id}/problems.csv`);
  byId("import-leave-label").hidden = !(mayConfirm && hasBad);
  setText(byId("import-leave-text"), `leave out what has one of the ${one.problem_count} problems`);
  byId("import-leave").checked = false;
  byId("import-confirm").disabled = !mayConfirm || hasBad;
  const words = { previewed: "This is what the import would do. Nothing is changed yet.", done: `Imported in ${number((one.duration_ms ?? 0) / 1000, "", 1)} s.`, checking: "A worker looks at the file.", importing: "A worker imports the file." };
  said(words[one.state] ?? `${STATES[one.state]}: ${one.reason}`);
}

async function follow(id) {
  const mine = ++newest;
  for (;;) {
    const one = await get(api(`demand/imports/${id}`));
    if (mine !== newest) return;
    show(one);
    if (!isWorking(one)) break;
    await pause();
  }
  if (run.state === "done") dispatchEvent(new Event("customers-imported"));
  await showRuns();
}

const followed = (id) => follow(id).catch((error) => said(error.message));

async function hand() {
  const file = byId("import-file").files[0];
  if (!file) return;
  const isMeter = byId("import-kind").value === "meter";
  const asked = new URLSearchParams({ kind: byId("import-kind").value, name: file.name });
  if (!isMeter && byId("import-program").value) asked.set("program", byId("import-program").value);
  if (isMeter && byId("import-point").value.trim()) asked.set("usage_point", byId("import-point").value.trim());
  said(`Sending ${file.name}`);
  const { status, body } = await exchange(api(`demand/imports?${asked}`), "POST", await file.arrayBuffer(), "application/octet-stream");
  if (status !== 202) { said(reason(body, status)); return; }
  await followed(body.id);
}

async function confirm() {
  byId("import-confirm").disabled = true;
  const { status, body } = await exchange(api(`demand/imports/${run.id}/confirmation`), "POST", { leave_out_bad_rows: byId("import-leave").checked });
  if (status !== 202) { said(reason(body, status)); return; }
  await followed(run.id);
}

function runRow(one) {
  const at = instant(one.handed_at);
  const look = h("button", { type: "button", class: "quiet", onclick: () => followed(one.id) }, `${day(at)} ${minute(at)}`);
  return h("tr", {}, h("th", { scope: "row" }, look), h("td", {}, HOLDS[one.kind]), h("td", {}, one.file_name), h("td", {}, STATES[one.state], one.reason && h("span", { class: "reason" }, one.reason)),
    h("td", {}, countWords(one.counts)), h("td", { class: "number" }, String(one.problem_count)), h("td", { class: "number" }, one.duration_ms === null ? "" : number(one.duration_ms / 1000, "", 1)));
}

async function showRuns() {
  const { imports } = await get(api("demand/imports"));
  byId("runs").replaceChildren(...imports.map(runRow));
  byId("runs-empty").hidden = imports.length > 0;
}

byId("import-kind").addEventListener("change", () => {
  const isMeter = byId("import-kind").value === "meter";
  byId("import-program-label").hidden = isMeter;
  byId("import-point-label").hidden = !isMeter;
});
byId("import-file").addEventListener("change", hand);
byId("import-leave").addEventListener("change", () => { byId("import-confirm").disabled = run?.state !== "previewed" || (run.problem_count > 0 && !byId("import-leave").checked); });
byId("import-confirm").addEventListener("click", confirm);
byId("import-form").addEventListener("submit", (event) => event.preventDefault());
showRuns().catch((error) => said(error.message));
