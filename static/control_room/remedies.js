/** Every standing trouble with its ranked remedies. */
import { api, exchange, get, reason } from "../js/api.js";
import { elementUrl, pageData } from "../js/config.js";
import { byId, h, say, setText } from "../js/dom.js";
import { age, instant, number, time, when } from "../js/format.js";
import { live } from "../js/live.js";
import { isForeseen, likely, span } from "./foreseen_words.js";
import { PART, amount, bound, card } from "./remedy_card.js";

const rights = pageData("remedies-data");
const RUN_MS = 2000, AGAIN_MS = 15000;
let ticket = 0;
let open = new Set();

function heading(trouble) {
  const limit = trouble.limit === null ? "" : ["supply", "off_normal"].includes(trouble.breach) ? bound(trouble) : ` of ${amount(trouble.limit, trouble.unit)}`;
  const where = trouble.element_mrid ? h("a", { href: elementUrl(trouble.element_mrid) }, trouble.element_name) : null;
  const more = trouble.elements > 1 ? ` and ${trouble.elements - 1} more` : "";
  return h("header", {}, h("h2", {}, `${trouble.breach_label}: ${trouble.place}`),
    h("p", {}, h("b", {}, `${amount(trouble.value, trouble.unit)}${limit}`), where && " at ", where, more,
      h("span", { class: "small muted" }, `, since ${time(instant(trouble.began_at))} (${age((live.now() - instant(trouble.began_at)) / 1000)})${trouble.ended_at ? ", ended" : ""}`)));
}

/** What is not here yet has its hours in the place of the time since when it stands. */
function foreseenHeading(trouble) {
  const where = trouble.element_mrid ? h("a", { href: elementUrl(trouble.element_mrid) }, trouble.element_name) : null;
  return h("header", {}, h("h2", {}, `Foreseen, ${trouble.breach_label.toLowerCase()}: ${trouble.place}`),
    h("p", {}, h("b", {}, `${span(trouble, live.now())}, ${likely(trouble)}`), ": ", where, ` may reach ${amount(trouble.value, trouble.unit)} of ${amount(trouble.limit, trouble.unit)}.`,
      h("span", { class: "small muted" }, ` Seen since ${time(instant(trouble.began_at))}.${trouble.worst_at ? ` Remedies are checked on the state foreseen for ${when(instant(trouble.worst_at), live.now())}.` : ""} `), h("a", { href: "/congestion/" }, "Congestion")));
}

function section(trouble) {
  const none = h("p", { class: "empty" }, trouble.looked_at ? `0 remedies. ${trouble.finding}` : "0 remedies yet: the desks have not looked at it.");
  const note = trouble.remedies.length && trouble.finding ? [h("p", { class: "small muted" }, trouble.finding)] : [];
  return h("section", { class: "panel trouble", "data-trouble": trouble.id, "data-origin": trouble.origin }, isForeseen(trouble) ? foreseenHeading(trouble) : heading(trouble),
    ...(trouble.remedies.length ? trouble.remedies.map((one) => card(one, trouble, rights, refresh)) : [none]), ...note);
}

const foreseenWords = (coming) => (coming.length ? `, ${coming.length} foreseen` : "");

function draw(told) {
  open = new Set([...document.querySelectorAll(".remedy:has(details[open])")].map((node) => node.dataset.id));
  const coming = told.troubles.filter(isForeseen), broken = told.troubles.filter((trouble) => trouble.has_limit && !isForeseen(trouble));
  const shown = [...broken, ...coming, ...told.troubles.filter((trouble) => !trouble.has_limit && trouble.remedies.length)];
  setText(byId("remedies-verdict"), broken.length ? `${broken.length} ${broken.length === 1 ? "trouble stands" : "troubles stand"}${foreseenWords(coming)}.` : `No limit is broken${foreseenWords(coming)}, last check ${time(instant(told.as_of))}.`);
  byId("troubles").replaceChildren(...(shown.length ? shown.map(section) : [h("p", { class: "panel empty" }, `0 troubles, last check ${time(instant(told.as_of))}.`)]));
  for (const node of document.querySelectorAll(".remedy")) if (open.has(node.dataset.id)) node.querySelector("details")?.setAttribute("open", "");
  byId("weights").replaceChildren(...told.weights.map((weight) => h("tr", { title: weight.scale }, h("th", { scope: "row" }, PART[weight.part] ?? weight.part, h("span", { class: "small muted" }, `: ${weight.words}${weight.scale ? `, ${weight.scale}` : ""}`)), h("td", { class: "number" }, number(weight.most, "points", 0)))));
}

async function refresh() {
  const mine = ++ticket;
  try {
    const told = await get(api("remedies"));
    // Under an open dialog nothing moves: what is confirmed is what was read.
    if (mine === ticket && !document.querySelector("dialog[open]")) draw(told);
  } catch (error) {
    if (mine === ticket) setText(byId("remedies-verdict"), error.message);
  }
}

async function runs() {
  try {
    const { runs: [newest] } = await get(api("optimization/runs"));
    if (!newest) return setText(byId("run-state"), "The desks have not looked yet.");
    const going = newest.outcome === "running" || newest.outcome === "queued";
    const at = time(instant(newest.as_of));
    setText(byId("run-state"), going ? `Looking: ${newest.stage || "waiting for a worker"}, ${Math.round(100 * newest.progress)} %` : `${at} (${newest.trigger_label.toLowerCase()}): ${newest.text}`);
    return going;
  } catch (error) {
    return setText(byId("run-state"), error.message);
  }
}

async function follow() {
  if (await runs()) setTimeout(follow, RUN_MS);
  else refresh();
}

async function runNow() {
  const { status, body } = await exchange(api("optimization/runs"), "POST", {});
  if (status !== 202) say(reason(body, status));
  follow();
}

async function second(one) {
  const { status, body } = await exchange(api(`autonomy/${one.id}/second`), "POST", {});
  if (status !== 201) say(reason(body, status));
  await drawRules();
}

/** What a rule may do at devices that ask persons for a second one. */
function critical(one) {
  if (one.mode !== "automatic") return null;
  if (one.seconded_by) return h("span", { class: "small muted" }, ` At critical devices too: ${one.seconded_by} has agreed.`);
  const agree = rights.mayApproveOrders ? h("button", { type: "button", onclick: () => second(one) }, "Agree as the second person") : null;
  return h("span", { class: "small muted" }, " At critical devices each order asks for a second person. ", agree);
}

function rule(one) {
  return h("li", {}, h("b", {}, `${one.desk_label}, ${one.feeder_name || "all other feeders"}: `), one.mode_label,
    h("span", { class: "small muted" }, ` ${one.mode === "automatic" ? `at most ${one.max_operations_per_day} operations a day and ${number(one.max_kw, "kW", 0)} kW, sure by ${number(100 * one.least_confidence, "%", 0)} %, ${one.from_hour} to ${one.to_hour} h. ` : ""}${one.set_by}: ${one.reason}`), critical(one));
}

async function drawRules() {
  const { rules } = await get(api("autonomy"));
  byId("autonomy").replaceChildren(...(rules.length ? rules.map(rule) : [h("li", { class: "empty" }, "0 rules: every desk advises, and a person approves.")]));
}

async function feederOf(name) {
  if (!name) return null;
  const hits = await get(api(`network/search?q=${encodeURIComponent(name)}`));
  const found = hits.find((hit) => hit.class === "Feeder" && hit.name === name) ?? hits.find((hit) => hit.class === "Feeder");
  if (!found) throw new Error("No feeder has this name.");
  return found.mrid;
}

async function setRule(event) {
  event.preventDefault();
  const value = (id) => byId(`rule-${id}`).value;
  try {
    const body = {
      desk: value("desk"), feeder_mrid: await feederOf(value("feeder").trim()), mode: value("mode"), max_operations_per_day: Number(value("operations")), max_kw: Number(value("kw")),
      least_confidence: Number(value("confidence")) / 100, from_hour: Number(value("from")), to_hour: Number(value("to")), reason: value("reason"),
    };
    const { status, body: told } = await exchange(api("autonomy"), "POST", body);
    setText(byId("rule-fault"), status === 201 ? "" : reason(told, status));
    if (status === 201) await drawRules();
  } catch (error) {
    setText(byId("rule-fault"), error.message);
  }
}

live.addEventListener("hint", ({ detail }) => { if (detail.topic === "proposals") { refresh(); runs(); } });
byId("run-now")?.addEventListener("click", runNow);
byId("autonomy-form")?.addEventListener("submit", setRule);
setInterval(() => { refresh(); runs(); }, AGAIN_MS);
refresh();
follow();
drawRules().catch((error) => setText(byId("autonomy"), error.message));
