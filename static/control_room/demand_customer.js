/** One customer: connections, devices, standing in programs, and what may be done about it. */
import { api, exchange, get, reason } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, minute, number } from "../js/format.js";
import { ask } from "./ask.js";
import { CLASSES, KINDS, NOTHING, STATUS, fact, phase } from "./demand_words.js";

let changed = () => {};
let secret = null;  // of the newest act: shown until another customer is chosen

const said = (text) => setText(byId("one-state"), text);
const at = (text) => (text ? `${day(instant(text))} ${minute(instant(text))}` : NOTHING);

async function act(method, path, body, done = draw) {
  const answer = await exchange(api(`demand/${path}`), method, body);
  const isFine = answer.status >= 200 && answer.status < 300;
  said(isFine ? "" : reason(answer.body, answer.status));
  if (isFine) { await done(answer.body); await changed(); }
}

const button = (text, onclick) => h("button", { type: "button", onclick }, text);

/** With a reason that a person gives; nothing is done without one. */
const withReason = (title, yes, path) => async () => {
  const text = await ask({ title, label: "Reason", text: "", yes });
  if (text) await act("POST", path, { reason: text });
};

async function shown(id, path, words) {
  await act("POST", path, {}, async (body) => {
    secret = words(body);
    draw(await get(api(`demand/customers/${id}`)));
  });
}

const linkWords = (body) => [`One-time link, shown now and never again; valid until ${at(body.expires_at)}:`, `${location.origin}${body.path}`];
const secretWords = (body) => ["Credentials, shown now and never again:", `client_id ${body.client_id}  client_secret ${body.client_secret}  VEN ${body.ven_name}`];

function acts(one, customer) {
  if (config.past || customer.forgotten_at) return [];
  const path = `enrolments/${one.id}`;
  return [
    (one.status === "invited" || one.status === "left") && button("Enrol by a given consent", () => act("POST", `${path}/consent`, {})),
    one.status === "enrolled" && button("Pause", withReason(`Pause ${customer.reference}`, "Pause", `${path}/pause`)),
    one.status === "paused" && button("Resume", () => act("DELETE", `${path}/pause`, {})),
    one.status !== "left" && button("Leave", withReason(`${customer.reference} leaves ${one.title}: the consent is revoked`, "Revoke the consent", `${path}/departure`)),
    one.status !== "left" && button("Make link", () => shown(customer.id, `${path}/link`, linkWords)),
    one.status === "enrolled" && button(one.ven_name ? "Renew credentials" : "Issue credentials", () => shown(customer.id, `${path}/credentials`, secretWords)),
  ];
}

const linkState = (link) => (!link ? "no link was made" : link.used_at ? `opened ${at(link.used_at)}` : link.withdrawn_at ? "withdrawn" : `not opened yet, until ${at(link.expires_at)}`);
const consentWords = (one) => `${one.purpose}, version ${one.version}, given ${at(one.given_at)} (${one.given_by})${one.revoked_at ? `, revoked ${at(one.revoked_at)} (${one.revoked_by})` : ""}`;

function enrolment(one, customer) {
  const list = h("dl", { class: "facts" });
  fact(list, "Since", at(one.status_since));
  fact(list, "Reason", one.status_reason);
  fact(list, "Consent", one.consents.map(consentWords).join("; ") || "none");
  fact(list, "In the field", one.ven_name ? `${one.ven_name}, ${one.last_seen_at ? `heard ${at(one.last_seen_at)}` : "not heard yet"}` : "no identity: cannot be asked");
  fact(list, "Own wishes", [one.most_events_a_month !== null && `${one.most_events_a_month} events a month`, one.most_hours_a_day !== null && `${one.most_hours_a_day} h a day`].filter(Boolean).join(", "));
  fact(list, "Own page", linkState(one.link));
  return h("div", { class: "pad" }, h("h3", {}, one.title, " ", phase(one.status, STATUS[one.status])), list, h("div", { class: "line" }, ...acts(one, customer)));
}

function connection(one, customer) {
  const mark = async () => {
    const text = one.is_critical ? "" : await ask({ title: `${one.usage_point} is critical: never asked`, label: "Why (life support, hospital)", text: "", yes: "Mark as critical" });
    if (one.is_critical || text) await act("PUT", `customers/${customer.id}/critical-mark`, { usage_point: one.usage_point, reason: text });
  };
  return h("tr", {}, h("th", { scope: "row" }, one.usage_point), h("td", {}, one.consumer || "not placed in the network"), h("td", {}, one.feeder || NOTHING),
    h("td", {}, one.is_critical ? one.critical_reason : "no"), h("td", {}, config.past ? null : button(one.is_critical ? "Take the mark away" : "Mark as critical", mark)));
}

function device(one) {
  const remove = () => act("DELETE", `devices/${one.id}`, {});
  return h("tr", {}, h("th", { scope: "row" }, one.name), h("td", {}, KINDS[one.kind] ?? one.kind), h("td", { class: "number" }, number(one.rated_kw, "", 1)), h("td", {}, one.usage_point), h("td", {}, one.resource || "not declared yet"), h("td", {}, config.past ? null : button("Remove", remove)));
}

const table = (label, head, rows) => h("table", { "aria-label": label }, h("thead", {}, h("tr", {}, ...head.map(([name, number_]) => h("th", { scope: "col", class: number_ ? "number" : null }, name)))), h("tbody", {}, ...rows));

function invite(customer) {
  const inside = new Set(customer.enrolments.filter((one) => one.status !== "left").map((one) => String(one.program)));
  const options = [...byId("program").options].filter((one) => one.value && !inside.has(one.value));
  if (config.past || customer.forgotten_at || !options.length) return null;
  const choice = h("select", { "aria-label": "Program to invite into" }, ...options.map((one) => h("option", { value: one.value }, one.textContent)));
  return h("div", { class: "pad line" }, choice, button("Invite", () => act("POST", `customers/${customer.id}/invitations`, { program: Number(choice.value) })));
}

function addDevice(customer) {
  if (config.past || customer.forgotten_at || !customer.connections.length) return null;
  const [name, kw] = [h("input", { maxlength: 120, size: 14, required: true }), h("input", { type: "number", min: 0, step: "any", size: 6, required: true })];
  const kind = h("select", {}, ...Object.entries(KINDS).map(([value, text]) => h("option", { value }, text)));
  const point = h("select", {}, ...customer.connections.map((one) => h("option", {}, one.usage_point)));
  const add = (event) => { event.preventDefault(); act("POST", `customers/${customer.id}/devices`, { name: name.value.trim(), kind: kind.value, rated_kw: Number(kw.value), usage_point: point.value }); };
  return h("form", { class: "pad line", onsubmit: add }, h("label", {}, "Device", name), h("label", {}, "Kind", kind), h("label", {}, "kW", kw), h("label", {}, "At", point), h("button", { type: "submit" }, "Add"));
}

function forget(customer) {
  if (config.past || customer.forgotten_at || customer.enrolments.some((one) => one.status !== "left")) return null;
  const sure = async () => { if (await ask({ title: `Forget ${customer.reference}: name, address and readings go`, label: "Reason", text: "", yes: "Forget" })) await act("DELETE", `customers/${customer.id}`, {}); };
  return h("div", { class: "pad line" }, button("Forget this customer", sure));
}

function draw(customer) {
  setText(byId("one-title"), `Customer ${customer.reference}`);
  const list = h("dl", { class: "facts" });
  fact(list, "Name", customer.name || (customer.forgotten_at ? `forgotten ${at(customer.forgotten_at)}` : NOTHING));
  fact(list, "E-mail", customer.email);
  fact(list, "Class", CLASSES[customer.customer_class]);
  const notice = secret ? h("div", { class: "pad" }, h("p", {}, secret[0]), h("p", { class: "secret", tabindex: "0" }, secret[1])) : null;
  byId("one").replaceChildren(...[notice, list, ...customer.enrolments.map((one) => enrolment(one, customer)),
    customer.enrolments.length ? null : h("p", { class: "empty" }, "In no program of yours."), invite(customer),
    h("div", { class: "pad" }, h("h3", {}, "Connections")), table("Connections", [["Usage point"], ["Load"], ["Feeder"], ["Critical"], [""]], customer.connections.map((one) => connection(one, customer))),
    h("div", { class: "pad" }, h("h3", {}, "Devices")), customer.equipment.length ? table("Devices", [["Device"], ["Kind"], ["kW", true], ["At"], ["Over OpenADR"], [""]], customer.equipment.map(device)) : h("p", { class: "empty" }, "No device is known."),
    addDevice(customer), forget(customer)].filter(Boolean));
}

export async function showCustomer(id, whenChanged) {
  changed = whenChanged;
  secret = null;
  draw(await get(api(`demand/customers/${id}`)));
}
