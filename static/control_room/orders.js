/** The log of orders, and what awaits a second person. */
import { api, exchange, get } from "../js/api.js";
import { elementUrl, pageData } from "../js/config.js";
import { byId, h, say, setText } from "../js/dom.js";
import { instant, stamp, time } from "../js/format.js";
import { live } from "../js/live.js";
import { act, findings, outcome, progress } from "./command_words.js";

const page = pageData("orders-data");
const REFRESH_MS = 5000;
const MOST = 100;
let before = null;
let last = null;
let ticket = 0;
let shown = null;

const lag = (from, to) => (from && to ? ((instant(to) - instant(from)) / 1000).toFixed(1) : "–");

function row(order) {
  const open = h("button", { type: "button", onclick: () => one(order.id), "aria-label": `Show order ${order.id}` }, stamp(instant(order.selected_at)).slice(0, -4));
  return h("tr", { "data-status": order.status, "aria-selected": shown === order.id ? "true" : null },
    h("td", {}, open), h("td", {}, order.selected_by), h("td", {}, h("a", { href: elementUrl(order.device_mrid) }, order.device_name)),
    h("td", {}, order.act_label, order.act === "set" ? ` ${order.value} ${order.unit}` : ""),
    h("td", {}, order.status_label, order.reason && h("span", { class: "reason" }, order.reason, order.add_cause && ` (${order.add_cause})`)),
    h("td", {}, order.approved_by ?? (order.is_critical ? "–" : "not needed")),
    h("td", { class: "number" }, lag(order.sent_at, order.answered_at)), h("td", { class: "number" }, order.status === "confirmed" ? lag(order.answered_at, order.ended_at) : "–"),
    h("td", {}, order.purpose));
}

async function refresh() {
  const mine = ++ticket;
  const status = byId("orders-status").value;
  const query = new URLSearchParams({ ...(status && { status }), ...(before && { before }) });
  try {
    const [log, awaiting] = await Promise.all([get(api(`orders?${query}`)), get(api("orders?status=awaiting"))]);
    if (mine !== ticket) return;
    last = log.orders.at(-1)?.id ?? null;
    byId("orders").replaceChildren(...log.orders.map(row));
    byId("orders-empty").hidden = log.orders.length > 0;
    byId("orders-older").disabled = log.orders.length < MOST;
    setText(byId("await-state"), `${awaiting.orders.length} now, last check ${time(live.now())}`);
    await drawAwaiting(awaiting.orders);
  } catch (error) {
    if (mine === ticket) setText(byId("await-state"), error.message);
  }
}

const decisions = new Map();

async function drawAwaiting(orders) {
  const ids = new Set(orders.map(({ id }) => id));
  for (const [id, node] of decisions) if (!ids.has(id)) { node.remove(); decisions.delete(id); }
  byId("awaiting").querySelector(".empty")?.remove();
  for (const order of orders) {
    if (decisions.has(order.id)) continue;
    const node = decision(await get(api(`orders/${order.id}`)));
    decisions.set(order.id, node);
    byId("awaiting").append(node);
  }
  if (!decisions.size) byId("awaiting").replaceChildren(h("p", { class: "empty" }, "Nothing awaits a second person."));
}

function decision(order) {
  const left = h("span", { role: "timer", class: "command-left" });
  const count = () => { left.textContent = `${Math.max(0, Math.ceil((instant(order.expires_at) - live.now()) / 1000))} s left`; };
  const clock = setInterval(() => (left.isConnected || decisions.get(order.id) === node ? count() : clearInterval(clock)), 250);
  count();
  const mayDecide = page.mayApprove && order.selected_by !== page.user;
  const password = h("input", { type: "password", autocomplete: "current-password", maxlength: "200", id: `password-${order.id}` });
  const reason = h("input", { maxlength: "200", id: `reason-${order.id}`, autocomplete: "off" });
  const told = h("p", { class: "command-fault", role: "alert", hidden: true });
  const decide = async (approves) => {
    const body = approves ? { approves, ...(password.value && { password: password.value }) } : { approves, reason: reason.value.trim() };
    const { status, body: answer } = await exchange(api(`orders/${order.id}/approval`), "POST", body);
    password.value = "";
    if (status === 201) { say(`${act(order)}: ${approves ? "approved" : "declined"}`); one(order.id); refresh(); return; }
    told.hidden = false;
    told.textContent = answer.detail ?? Object.values(answer).flat().join(" ");
  };
  const node = h("div", { class: "order-decision", "data-order": order.id },
    h("p", {}, `${order.selected_by} orders, `, left, order.purpose && h("span", { class: "muted" }, `, for ${order.purpose}`)),
    h("p", { class: "command-sentence" }, order.look_ahead.sentence), findings(order.look_ahead.findings) ?? "", told,
    mayDecide ? h("form", { onsubmit: (event) => { event.preventDefault(); } },
      h("label", { for: password.id }, "Your password, unless given here within 5 minutes", password),
      h("label", { for: reason.id }, "Reason, to decline", reason),
      h("div", { class: "choice" }, h("button", { type: "button", onclick: () => decide(false) }, "Decline"), h("button", { type: "button", class: "approve", onclick: () => decide(true) }, `${act(order)}: approve`)))
      : h("p", { class: "muted" }, order.selected_by === page.user ? "You have ordered it: somebody else decides." : "Your role does not approve orders."));
  return node;
}

async function one(id) {
  shown = id;
  try {
    const order = await get(api(`orders/${id}`));
    byId("order-one").replaceChildren(h("h2", {}, `Order ${order.id}: ${act(order)}`), h("p", {}, order.look_ahead.sentence), findings(order.look_ahead.findings) ?? "", progress(order), outcome(order));
  } catch (error) {
    byId("order-one").replaceChildren(h("p", {}, error.message));
  }
}

const again = () => { refresh(); if (shown) one(shown); };
byId("orders-status").addEventListener("change", () => { before = null; refresh(); });
byId("orders-newest").addEventListener("click", () => { before = null; refresh(); });
byId("orders-older").addEventListener("click", () => { before = last; refresh(); });
live.addEventListener("hint", ({ detail }) => detail.topic === "orders" && again());
live.addEventListener("hello", again);
setInterval(refresh, REFRESH_MS);
refresh();
