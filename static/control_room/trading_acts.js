/** What people do on the trading desk: draft, submit, approve, withdraw, set limits. */
import { api, get, post, send } from "../js/api.js";
import { byId, say, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { ask } from "./ask.js";
import { desk, refresh, showFrontier } from "./trading.js";

const POLL_MS = 700, PATIENCE = 180;
const refused = (text) => setText(byId("refusal"), text);
const pause = () => new Promise((resolve) => { setTimeout(resolve, POLL_MS); });

/** Until a worker is done; a problem of the way is the last answer. */
async function waited(url, isDone) {
  for (let n = 0; n < PATIENCE; n += 1) {
    const found = await get(url);
    if (isDone(found)) return found;
    await pause();
  }
  throw new Error("The workers have not answered yet; look again in a minute.");
}

async function act(button, work) {
  refused("");
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    refused(error.message);
  } finally {
    button.disabled = false;
    await refresh();
  }
}

function showWeight() {
  setText(byId("weight-shown"), number(Number(byId("weight").value), "", 2));
  showFrontier();
}

async function draft() {
  const body = { portfolio: desk.portfolio.id, day: desk.portfolio.day_to_bid, risk_weight: Number(byId("weight").value) };
  const asked = await post(api("renewables/trading/drafts"), body);
  const made = await waited(api(`renewables/trading/drafts/${asked.id}`), (one) => one.made_at);
  if (made.problems.length) throw new Error(made.problems.map((one) => one.reason).join(" "));
  say("The bid is drafted.");
}

async function frontier() {
  const body = { portfolio: desk.portfolio.id, day: desk.portfolio.day_to_bid };
  const asked = await post(api("renewables/trading/frontiers"), body);
  const query = new URLSearchParams(body);
  await waited(api(`renewables/trading/frontiers?${query}`), ({ frontier: one }) => one && (one.id > asked.id || one.made_at));
}

const bidAct = (name, body = {}) => post(api(`markets/bids/${desk.bid.id}/${name}`), body);

async function withReason(title, yes, work) {
  const reason = await ask({ title, label: "Why", text: "", yes });
  if (reason) await work({ reason });
}

/** Only what fits the state is offered; whether this person may, the server says. */
function showActs() {
  const status = desk.bid?.status;
  const fits = { submit: status === "drafted", approve: status === "submitted", reject: status === "submitted", withdraw: ["drafted", "submitted", "approved", "exported"].includes(status) };
  for (const [id, shown] of Object.entries(fits)) if (byId(id)) byId(id).hidden = !shown;
  const slider = byId("weight");
  if (slider && !slider.dataset.touched && desk.portfolio) { slider.value = desk.bid?.risk_weight ?? desk.portfolio.risk_weight; showWeight(); }
}

const on = (id, event, work) => byId(id)?.addEventListener(event, work);
on("weight", "input", () => { byId("weight").dataset.touched = "yes"; showWeight(); });
on("draft-form", "submit", (event) => { event.preventDefault(); act(byId("draft"), draft); });
on("frontier-ask", "click", () => act(byId("frontier-ask"), frontier));
on("submit", "click", () => act(byId("submit"), () => bidAct("submission")));
on("approve", "click", () => act(byId("approve"), () => bidAct("approval")));
on("reject", "click", () => act(byId("reject"), () => withReason("Reject the bid", "Reject", (body) => bidAct("rejection", body))));
on("withdraw", "click", () => act(byId("withdraw"), () => withReason("Withdraw the bid", "Withdraw", (body) => bidAct("withdrawal", body))));
on("orders-approve", "click", () => act(byId("orders-approve"), () => post(api(`markets/portfolios/${desk.portfolio.id}/orders/approval`), {})));
on("orders-withdraw", "click", () => act(byId("orders-withdraw"), () => withReason("Withdraw all orders", "Withdraw", (body) => post(api(`markets/portfolios/${desk.portfolio.id}/orders/withdrawal`), body))));
on("limits-form", "input", () => { byId("limits-form").dataset.touched = "yes"; });
on("limits-form", "submit", (event) => {
  event.preventDefault();
  const form = byId("limits-form"), body = {};
  for (const field of form.elements) if (field.name) body[field.name] = field.type === "checkbox" ? field.checked : field.type === "number" ? Number(field.value) : field.value;
  act(form.querySelector("button"), async () => {
    await send(api(`markets/portfolios/${desk.portfolio.id}/limits`), body, "PUT");
    delete form.dataset.touched;
    say("The limits are set.");
  });
});
addEventListener("trading-shown", showActs);
