/** A measured capacity by form or file, and what new batteries cost: for those who manage storage. */
import { api, exchange, post, reason, send } from "../js/api.js";
import { byId, setText } from "../js/dom.js";
import { asInstant } from "../js/format.js";

const ofPlant = (path) => api(`storage/plants/${byId("plant").value}/${path}`);
const changed = () => dispatchEvent(new Event("studio-changed"));
const text = (id) => byId(id).value.trim();

async function told(event, refusal, act) {
  event.preventDefault();
  event.submitter.disabled = true;
  setText(byId(refusal), "");
  try {
    await act();
    event.target.reset();
    changed();
  } catch (error) {
    setText(byId(refusal), error.message);
  }
  event.submitter.disabled = false;
}

const enterTest = (event) => told(event, "test-refusal", () => post(ofPlant("capacity-tests"), {
  tested_at: asInstant(text("test-at")), energy_kwh: text("test-energy"), sigma_kwh: text("test-sigma"), conditions: text("test-conditions"), source: text("test-source"),
}));

const enterCost = (event) => told(event, "cost-refusal", () => send(ofPlant("battery-cost"), {
  per_kwh: text("cost-per-kwh"), currency: text("cost-currency").toUpperCase(), discount_rate: text("cost-rate"), source: text("cost-source"),
}, "PUT"));

async function sendFile() {
  const file = byId("test-file").files[0];
  if (!file) return;
  const { status, body } = await exchange(ofPlant("capacity-tests/file"), "POST", await file.arrayBuffer(), "application/octet-stream");
  byId("test-file").value = "";
  setText(byId("test-refusal"), status === 201 ? `${body.made} tests taken from ${file.name}, ${body.known} were known.` : (body.problems ?? [reason(body, status)]).join(" "));
  if (status === 201) changed();
}

byId("test-form").addEventListener("submit", enterTest);
byId("cost-form").addEventListener("submit", enterCost);
byId("test-file").addEventListener("change", sendFile);
