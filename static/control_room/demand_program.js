import { api, exchange, get, reason } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { saveFile } from "./demand_files.js";
import { openForm } from "./demand_program_form.js";
import { BASELINES, CLASSES, KINDS, OBJECTIVES, customerRow, euro, fact, orNone, phase, seasonOf } from "./demand_words.js";

const page = byId("program").dataset;
const url = api(`demand/programs/${page.program}`);
const said = (text) => setText(byId("outcome"), text);
let program = null;

const joined = (values, names) => values.map((value) => names[value] ?? value).join(", ");

function facts(one) {
  const list = byId("facts");
  list.replaceChildren();
  fact(list, "Objective", OBJECTIVES[one.objective]);
  fact(list, "Description", one.description);
  fact(list, "Events may run", seasonOf(one));
  fact(list, "Notice", `${one.notice_min} min or more`);
  fact(list, "Length of an event", `${one.shortest_event_min} to ${one.longest_event_min} min`);
  fact(list, "Of one customer", [`events a month: ${orNone(one.most_events_a_month, "")}`, `hours a day: ${orNone(one.most_hours_a_day, "h")}`, `days of rest: ${one.rest_days}`].join("; "));
  fact(list, "Paid", [euro(one.capacity_eur_per_kw_month, "kW and month"), euro(one.energy_eur_per_kwh, "kWh"), euro(one.bill_credit_eur_per_event, "event")].filter(Boolean).join(", ") || "nothing");
  fact(list, "Penalty", euro(one.penalty_eur_per_kwh, "kWh not delivered") || "none");
  fact(list, "Baseline", BASELINES[one.baseline_method] ?? one.baseline_method);
  fact(list, "Who may take part", [one.feeders.length ? `feeders ${one.feeders.map((each) => each.name || `${each.mrid} (not in the live network)`).join(", ")}` : "all feeders", one.classes.length ? joined(one.classes, CLASSES) : "all classes", one.equipment.length ? `with ${joined(one.equipment, KINDS)}` : "any device"].join("; "));
  fact(list, "Customers, at most", orNone(one.most_customers, ""));
  fact(list, "Another person approves", `above ${one.approval_above_customers} customers`);
  fact(list, "Records kept", `${one.kept_days} days after leaving`);
  fact(list, "Consent", `${one.consent_purpose}, version ${one.consent_version}: ${one.consent_text}`);
  fact(list, "Over OpenADR", one.program_name || "not told to the field: the program is not active");
  fact(list, "Run by", one.managers.join(", "));
}

function numbers(one) {
  const list = byId("numbers");
  list.replaceChildren();
  for (const [name, label] of [["enrolled", "Enrolled"], ["invited", "Invited"], ["paused", "Paused"], ["left", "Left"]]) fact(list, label, number(one.enrolments[name], "", 0));
  fact(list, "Rated power of who is enrolled", `${number(one.enrolled_kw, "", 1)} kW`);
}

function show(one) {
  program = one;
  byId("phase").replaceWith(Object.assign(phase(one.is_active ? "active" : "inactive", one.is_active ? "Active" : "Not active"), { id: "phase" }));
  facts(one);
  numbers(one);
  if (page.mayRun !== "yes" || !byId("activation")) return;
  setText(byId("activation"), one.is_active ? "Take it back from the field" : "Activate");
  byId("activation").disabled = false;
  setText(byId("identities"), one.without_identity ? `${one.without_identity} enrolled customers have no identity yet, so that they cannot be asked. Secrets are shown once, in a file, at most 2,000 at a time.` : "Every enrolled customer has one. A lost secret is renewed at the customer.");
  byId("issue").disabled = one.without_identity === 0;
}

async function showCustomers() {
  if (page.mayRun !== "yes") return;
  const found = await get(api(`demand/customers?${new URLSearchParams({ program: page.program, limit: 25 })}`));
  byId("customers").replaceChildren(...found.customers.map((one) => h("tr", {}, ...customerRow(one, h("a", { href: `/demand/customers/?customer=${one.id}` }, one.reference)))));
  byId("customers-empty").hidden = found.count > 0;
  setText(byId("customers-state"), found.count > 25 ? `25 of ${number(found.count, "", 0)}` : `${found.count}`);
}

async function act(button, method, path, done) {
  button.disabled = true;
  const { status, body } = await exchange(`${url}/${path}`, method, {});
  button.disabled = false;
  if (status >= 200 && status < 300) done(body);
  return status >= 200 && status < 300 ? "" : reason(body, status);
}

async function refresh() {
  try {
    show(await get(url));
    await showCustomers();
  } catch (error) {
    said(error.message);
  }
}

byId("activation")?.addEventListener("click", async (event) => said(await act(event.currentTarget, program.is_active ? "DELETE" : "POST", "activation", show)));
byId("change")?.addEventListener("click", () => openForm(program, show).catch((error) => said(error.message)));
byId("issue")?.addEventListener("click", async (event) => {
  const refused = await act(event.currentTarget, "POST", "credentials", (issued) => {
    saveFile(`credentials-${page.program}.csv`, ["reference,ven_name,client_id,client_secret", ...issued.map((one) => `${one.reference},${one.ven_name},${one.client_id},${one.client_secret}`)].join("\n"));
    setText(byId("issue-state"), `${issued.length} issued; the file is saved by your browser and nowhere else.`);
  });
  if (refused) setText(byId("issue-state"), refused);
  await refresh();
});
refresh();
