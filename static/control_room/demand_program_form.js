/** The fields of a program, for a new one and for a change; what the server says of a field is shown at it. */
import { api, exchange, get, reason } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { MONTHS, WEEKDAYS } from "./demand_words.js";

const NUMBERS = [
  ["notice_min", "Notice, min", "least time between the call and its begin"], ["shortest_event_min", "Shortest event, min", ""], ["longest_event_min", "Longest event, min", ""],
  ["most_events_a_month", "Events a month of a customer, at most", "empty: no limit"], ["most_hours_a_day", "Hours a day of a customer, at most", "empty: no limit"],
  ["rest_days", "Days of rest after an event", ""], ["most_customers", "Customers, at most", "empty: no limit"],
  ["capacity_eur_per_kw_month", "Capacity, €/kW and month", ""], ["energy_eur_per_kwh", "Energy, €/kWh", ""], ["bill_credit_eur_per_event", "Bill credit, €/event", ""], ["penalty_eur_per_kwh", "Penalty, €/kWh not delivered", ""],
  ["approval_above_customers", "Another person approves above, customers", ""], ["kept_days", "Records kept after leaving, days", "30 or more"],
];
const EMPTY_IS_NONE = new Set(["most_events_a_month", "most_hours_a_day", "most_customers", "window_from", "window_until"]);
const LISTS = new Set(["months", "weekdays", "classes", "equipment", "feeder_mrids"]);

const told = (name) => h("span", { class: "reason", "data-told": name });
const field = (name, label, hint, control, wide) => h("label", { class: wide ? "wide" : null }, h("span", {}, label), control, hint && h("span", { class: "muted" }, hint), told(name));

function ticks(name, label, options, chosen) {
  const boxes = options.map(([value, text]) => h("label", {}, h("input", { type: "checkbox", name, value, checked: chosen.map(String).includes(String(value)) }), text));
  return h("fieldset", {}, h("legend", {}, label), ...boxes, told(name));
}

const picked = (name, options, chosen) => h("select", { name }, ...options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));

function feeders(form, chosen) {
  const options = form.feeders.map((one) => h("option", { value: one.mrid, selected: chosen.includes(one.mrid) }, one.name));
  return field("feeder_mrids", "Only on these feeders", options.length ? "none chosen: all; several with Ctrl" : "the live network has no feeders", h("select", { name: "feeder_mrids", multiple: true, size: 5 }, ...options));
}

function build(form, values) {
  const text = (name, label, most) => field(name, label, "", h("input", { name, maxlength: most, value: values[name] ?? "", required: true }));
  const clock = (name, label) => field(name, label, "empty: any hour", h("input", { name, type: "time", value: (values[name] ?? "").slice(0, 5) }));
  return [
    text("title", "Title", 120), field("objective", "Objective", "", picked("objective", form.objectives, values.objective)),
    field("description", "Description", "", h("input", { name: "description", maxlength: 300, value: values.description ?? "" }), true),
    text("consent_purpose", "Consent: purpose", 120),
    field("consent_text", "Consent: what customers agree to, word for word", "a changed text is a new version; who agreed before agreed to the old one", h("textarea", { name: "consent_text" }, values.consent_text ?? ""), true),
    ticks("months", "Months; none ticked: all year", MONTHS.map((name, n) => [n + 1, name]), values.months ?? []),
    ticks("weekdays", "Weekdays; none ticked: every day", WEEKDAYS.map((name, n) => [n, name]), values.weekdays ?? []),
    clock("window_from", "From"), clock("window_until", "Until"),
    h("label", { class: "tick" }, h("input", { type: "checkbox", name: "on_public_days", checked: Boolean(values.on_public_days) }), "also on public holidays"),
    ...NUMBERS.map(([name, label, hint]) => field(name, label, hint, h("input", { name, type: "number", min: 0, step: "any", value: values[name] ?? "" }))),
    field("baseline_method", "Baseline that is paid by", "", picked("baseline_method", form.baseline_methods, values.baseline_method)),
    feeders(form, values.feeder_mrids ?? []),
    ticks("classes", "Only these classes; none ticked: all", form.classes, values.classes ?? []),
    ticks("equipment", "Needs one of these devices; none ticked: any", form.equipment, values.equipment ?? []),
    h("div", { class: "wide line" }, h("button", { type: "submit" }, "Save"), h("button", { type: "button", class: "quiet", id: "form-close" }, "Close")),
  ];
}

function bodyOf(element) {
  const body = { on_public_days: element.elements.on_public_days.checked };
  for (const name of LISTS) body[name] = [];
  for (const control of element.elements) {
    const { name, value } = control;
    if (!name || name === "on_public_days") continue;
    if (name === "feeder_mrids") body[name] = [...control.selectedOptions].map((one) => one.value);
    else if (LISTS.has(name)) { if (control.checked) body[name].push(["months", "weekdays"].includes(name) ? Number(value) : value); }
    else if (value === "" && EMPTY_IS_NONE.has(name)) body[name] = null;
    else body[name] = control.type === "number" ? (value === "" ? undefined : Number(value)) : value.trim();
  }
  return body;
}

function showFaults(element, body) {
  for (const mark of element.querySelectorAll("[data-told]")) {
    const said = body?.[mark.dataset.told];
    setText(mark, said ? reason(said) : "");
    mark.toggleAttribute("data-wrong", Boolean(said));
    for (const control of element.querySelectorAll(`[name="${mark.dataset.told}"]`)) control.setAttribute("aria-invalid", String(Boolean(said)));
  }
  element.querySelector("[aria-invalid='true']")?.focus();
}

/** known: the program that is changed, or null for a new one. saved: called with what the server keeps. */
export async function openForm(known, saved) {
  const form = await get(api("demand/program-form"));
  const element = byId("program-form"), panel = byId("form-panel");
  const values = known ? { ...known, feeder_mrids: known.feeders.map((one) => one.mrid) } : form.usual;
  element.replaceChildren(...build(form, values));
  panel.hidden = false;
  panel.scrollIntoView({ block: "nearest" });
  setText(byId("form-state"), "");
  element.elements.title.focus();
  byId("form-close").addEventListener("click", () => { panel.hidden = true; });
  element.onsubmit = async (event) => {
    event.preventDefault();
    const body = bodyOf(element), url = known ? api(`demand/programs/${known.id}`) : api("demand/programs");
    const answer = await exchange(url, known ? "PATCH" : "POST", known ? { ...body, revision: known.revision } : body);
    const isFine = answer.status === 200 || answer.status === 201;
    showFaults(element, answer.status === 400 ? answer.body : {});
    setText(byId("form-state"), isFine ? "" : answer.status === 400 ? "Not saved: see what is said at the fields." : reason(answer.body, answer.status));
    if (isFine) { panel.hidden = true; saved(answer.body); }
  };
}
