/** On the overview: each trouble and what the desks would do first. */
import { api, get } from "../js/api.js";
import { byId, h } from "../js/dom.js";
import { instant, time } from "../js/format.js";
import { live } from "../js/live.js";
import { isForeseen, likely, span } from "./foreseen_words.js";
import { amount, beforeAfter, proposalUrl } from "./remedy_card.js";

const MOST = 5, MOST_COMING = 3, AGAIN_MS = 15000;
let ticket = 0;

function first(trouble) {
  const [best] = trouble.remedies;
  if (!best) return h("span", { class: "muted" }, trouble.looked_at ? "no remedy found" : "not looked at yet");
  return h("span", {}, h("a", { href: proposalUrl(best.id) }, best.title), `: ${amount(best.value_before, best.unit)} → ${amount(best.value_after, best.unit)}`, trouble.limit === null ? "" : `, limit ${amount(trouble.limit, trouble.unit)} `, beforeAfter(trouble, best), trouble.remedies.length > 1 && h("span", { class: "muted" }, ` ${trouble.remedies.length - 1} more`));
}

const line = (trouble) => h("li", {}, h("b", {}, `${trouble.breach_label}, ${trouble.place}: `), first(trouble));
const ways = ({ remedies, looked_at: looked }) => (looked ? `${remedies.length} ${remedies.length === 1 ? "remedy" : "remedies"}` : "not looked at yet");
const comingLine = (trouble) => h("li", { class: "foreseen" }, h("b", {}, `${trouble.breach_label}, ${trouble.place}`), `, ${span(trouble, live.now())}, ${likely(trouble)}: `, h("a", { href: "/remedies/" }, ways(trouble)));

function betterLine(trouble) {
  const [best] = trouble.remedies;
  return h("li", {}, h("b", {}, `${trouble.breach_label}, ${trouble.place}: `), h("a", { href: proposalUrl(best.id) }, `${amount(best.value_before, best.unit)} → ${amount(best.value_after, best.unit)}`));
}

function draw(told) {
  const broken = told.troubles.filter((trouble) => trouble.has_limit && !isForeseen(trouble)), coming = told.troubles.filter((trouble) => isForeseen(trouble) && !trouble.is_regulated_away);
  const foreseen = coming.length ? [h("h3", {}, h("a", { href: "/congestion/" }, "Foreseen")), h("ul", {}, coming.slice(0, MOST_COMING).map(comingLine))] : [];
  const better = told.troubles.filter((trouble) => !trouble.has_limit && !isForeseen(trouble) && trouble.remedies.length);
  const improvements = better.length ? [h("h3", {}, "Could be better"), h("ul", {}, better.slice(0, MOST_COMING).map(betterLine))] : [];
  const list = broken.length ? h("ul", {}, broken.slice(0, MOST).map(line)) : h("p", { class: "empty" }, `0 limits broken, last check ${time(instant(told.as_of))}`);
  byId("remedies").replaceChildren(h("header", {}, h("h2", {}, "What would you do about it?"), h("span", { class: "spring" }), h("a", { href: "/remedies/" }, broken.length > MOST ? `All ${broken.length}` : "All remedies")), list, ...foreseen, ...improvements);
}

async function refresh() {
  const mine = ++ticket;
  try {
    const told = await get(api("remedies"));
    if (mine === ticket) draw(told);
  } catch (error) {
    if (mine === ticket) byId("remedies").replaceChildren(h("p", { class: "empty" }, error.message));
  }
}

if (byId("remedies")) {
  live.addEventListener("hint", ({ detail }) => detail.topic === "proposals" && refresh());
  setInterval(refresh, AGAIN_MS);
  refresh();
}
