import { api, get, post } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { age, day, instant, minute, number } from "../js/format.js";

const REFRESH_MS = 10_000;
const chosen = new Set();
const moment = (ms) => `${day(ms)} ${minute(ms)}`;

function fact(name, value) {
  return [h("dt", {}, name), h("dd", {}, value)];
}

function facts(found) {
  const waiting = found.pending ? `${found.pending}, the oldest for ${age(found.oldest_pending_s)}` : "none";
  const topics = found.is_broker_named ? (found.to_publish ? `${found.to_publish} wait for the broker` : "all told") : "no broker is named: subscribers are told by webhooks alone";
  const { vtn } = found;
  return [
    ...fact("Clients", String(vtn.clients)),
    ...fact("VENs heard in the last ten minutes", `${vtn.vens_seen} of ${vtn.vens}`),
    ...fact("Events that have not ended", String(vtn.events_open)),
    ...fact("Subscriptions", String(found.subscriptions)),
    ...fact("Webhooks that wait", waiting),
    ...fact("Delivered in the last hour", `${found.delivered_last_hour}${found.last_delivered_at ? `, the last at ${moment(instant(found.last_delivered_at))}` : ""}`),
    ...fact("Topics (MQTT)", topics),
  ];
}

function row(one) {
  const tick = h("input", { type: "checkbox", "aria-label": `Choose the webhook ${one.id} to ${one.client_name}` });
  tick.checked = chosen.has(one.id);
  tick.addEventListener("change", () => { chosen[tick.checked ? "add" : "delete"](one.id); ready(); });
  const gone = one.can_be_sent_again ? null : h("span", { class: "reason" }, "The subscription was deleted since; it can only be forgotten.");
  return h("tr", {}, h("td", {}, tick), h("th", { scope: "row" }, one.client_name, h("span", { class: "reason" }, one.callback_url)),
    h("td", {}, `${one.object_type} ${one.operation}`), h("td", {}, moment(instant(one.recorded_at))),
    h("td", { class: "number" }, number(one.attempts, "", 0)), h("td", {}, one.last_error, gone));
}

function ready() {
  for (const id of ["again", "forget"]) if (byId(id)) byId(id).disabled = !chosen.size;
}

async function refresh() {
  try {
    const found = await get(api("openadr/notifications"));
    const there = new Set(found.dead.map((one) => one.id));
    for (const id of [...chosen]) if (!there.has(id)) chosen.delete(id);
    byId("told-facts").replaceChildren(...facts(found));
    byId("dead").replaceChildren(...found.dead.map(row));
    byId("dead-empty").hidden = found.dead.length > 0;
    byId("all").disabled = !found.dead.length;
    setText(byId("dead-count"), found.given_up > found.dead.length ? `${found.given_up}, the newest ${found.dead.length} here` : found.given_up ? `${found.given_up}` : "");
    setText(byId("told-state"), "");
    ready();
  } catch (error) {
    setText(byId("told-state"), error.message);
  }
}

async function act(path, words) {
  try {
    const { done } = await post(api(path), { deliveries: [...chosen] });
    setText(byId("dead-outcome"), `${done} ${words}.`);
    chosen.clear();
    byId("all").checked = false;
    await refresh();
  } catch (error) {
    setText(byId("dead-outcome"), error.message);
  }
}

byId("all").addEventListener("change", ({ target }) => {
  for (const tick of document.querySelectorAll("#dead input")) if (tick.checked !== target.checked) tick.click();
});
byId("again")?.addEventListener("click", () => act("openadr/deliveries/again", "are called again"));
byId("forget")?.addEventListener("click", () => act("openadr/deliveries/forgotten", "forgotten"));
if (!config.past) setInterval(() => { if (!document.hidden && !chosen.size) refresh(); }, REFRESH_MS);
refresh();
