/** A quarter hour of the whole: stages from left to right, what each proposed, and the runs behind it. */
import { api, get } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { age, day, instant, minute, number, time } from "../js/format.js";

const AGAIN_MS = 20_000, NOTHING = "–", MS_A_S = 1000, MOST_FANNED = 4;
const SIGN = { done: "●", partly: "◐", failed: "✕", missing: "?", due: "…", idle: "○" };
const GRAVE = new Set(["failed", "missing", "partly"]);
/** Where the runs of a kind are shown. */
const PAGE = {
  scan: (run) => `/?at=${encodeURIComponent(run.as_of)}`,
  security: () => "/security/",
  forecast: () => "/forecasts/",
  "look-ahead": () => "/security/",
  optimization: () => "/remedies/",
  "hours-ahead": () => "/congestion/",
  reserve: () => "/renewables/",
  avoidance: () => "/renewables/",
  stability: () => "/renewables/stability/",
  opportunity: () => "/demand/",
  "storage-schedule": () => "/storage/",
  "microgrid-schedule": () => "/microgrids/",
  readiness: () => "/microgrids/",
  restoration: (run) => `/incidents/${encodeURIComponent(run.subject)}/`,
  risk: () => "/risk/",
  losses: () => "/efficiency/losses/",
};
const PROPOSED = { proposal: (one) => `/proposals/${one.id}/`, course: (one) => `/courses/${one.id}/`, call: (one) => `/demand/calls/${one.id}/` };
let told = null, chosen = "", shown = byId("cycle").dataset.cycle, follows = !shown;

const seconds = (ms) => number(ms === null ? null : ms / MS_A_S, "", 1);
const slot = (one) => `${day(instant(one.starts_at))} ${minute(instant(one.starts_at))} to ${minute(instant(one.ends_at))}`;
const link = (href, words) => h("a", { href }, words);
const runsOf = (stage) => stage.kinds.reduce((sum, kind) => sum + kind.count, 0);
const plural = (count, word) => `${number(count, "", 0)} ${word}${count === 1 ? "" : "s"}`;

function fan(stage) {
  const more = stage.proposed_count - Math.min(stage.proposed.length, MOST_FANNED);
  const items = stage.proposed.slice(0, MOST_FANNED).map((one) => h("li", {}, link(PROPOSED[one.kind](one), one.title), h("span", { class: "muted" }, one.status_label)));
  if (more > 0) items.push(h("li", { class: "muted" }, `and ${more} more`));
  return items.length ? h("ul", { class: "fan" }, ...items) : null;
}

function card(stage) {
  const taken = stage.orders ? `${plural(stage.orders.sent, "order")} sent, ${stage.orders.done} done` : plural(runsOf(stage), "run");
  const lines = [
    h("span", { class: "small" }, stage.orders ? taken : `${taken}, ${seconds(stage.duration_ms)} s`),
    h("span", { class: "small muted" }, stage.newest_at ? `newest ${age((Date.now() - instant(stage.newest_at)) / MS_A_S)} old` : stage.orders ? "" : stage.is_there ? "no run" : "nothing of its kind here"),
    h("span", { class: "small" }, stage.proposed_count ? `${number(stage.proposed_count, "", 0)} proposed` : "nothing proposed"),
  ];
  const button = h("button", { type: "button", "aria-pressed": String(stage.stage === chosen), onclick: () => choose(stage.stage) }, h("b", {}, stage.label), h("span", {}, `${SIGN[stage.state]} ${stage.state_label}`), ...lines);
  return h("li", { class: "stage", "data-weight": GRAVE.has(stage.state) ? "grave" : "usual" }, button, fan(stage));
}

function runRows(stage) {
  return stage.kinds.flatMap((kind) => (kind.runs.length
    ? kind.runs.map((run) => h("tr", {}, h("th", { scope: "row" }, link(PAGE[kind.kind](run), `${kind.label} ${run.id}`)), h("td", {}, time(instant(run.as_of))), h("td", {}, run.subject || NOTHING), h("td", {}, `${run.is_good ? "" : "✕ "}${run.outcome_label}`), h("td", { class: "number" }, seconds(run.duration_ms)), h("td", {}, run.words || NOTHING)))
    : [h("tr", {}, h("th", { scope: "row" }, kind.label), h("td", { colspan: "5", class: "muted" }, "no run in this quarter hour"))]));
}

function proposedRow(one) {
  return h("tr", {}, h("th", { scope: "row" }, link(PROPOSED[one.kind](one), one.title)), h("td", {}, one.desk_label), h("td", {}, one.status_label), h("td", {}, one.decided_by || "nobody"), h("td", { class: "number" }, number(one.orders, "", 0)), h("td", {}, one.reason || NOTHING));
}

function detail() {
  const stage = told.stages.find((one) => one.stage === chosen) ?? told.stages[0];
  const counted = stage.kinds.map((kind) => `${kind.label}: ${kind.count}`).join("; ");
  setText(byId("runs-title"), `Runs of ${stage.label.toLowerCase()}`);
  setText(byId("runs-words"), [counted, ...stage.words].filter(Boolean).join(". ") || "It has no runs of its own: it takes what the others propose.");
  byId("runs").replaceChildren(...runRows(stage));
  const all = stage.stage === "dispatch" ? told.stages.flatMap((one) => one.proposed) : stage.proposed;
  const count = stage.stage === "dispatch" ? told.proposed_count : stage.proposed_count;
  const orders = stage.orders ? `; orders: ${Object.entries(stage.orders.by_status).map(([name, n]) => `${n} ${name.toLowerCase()}`).join(", ") || "none"}` : "";
  setText(byId("proposed-words"), `${all.length < count ? `first ${all.length} of ${count}` : plural(count, "proposal")}${orders}`);
  byId("proposed").replaceChildren(...(all.length ? all.map(proposedRow) : [h("tr", {}, h("td", { colspan: "6", class: "empty" }, "Nothing was proposed in this quarter hour."))]));
}

function choose(stage) {
  chosen = stage;
  draw();
}

function draw() {
  if (!chosen) chosen = (told.stages.find((one) => GRAVE.has(one.state)) ?? told.stages[0]).stage;
  setText(byId("verdict"), `${slot(told)}: ${told.outcome_label.toLowerCase()}, ${number(told.duration_ms / MS_A_S, "", 1)} s of work, ${told.proposed_count} proposed`);
  setText(byId("state"), `${told.objectives ? `objectives ${told.objectives}` : "objectives as delivered"}; gathered at ${time(instant(told.gathered_at))}${told.is_settled ? ", settled" : ""}`);
  byId("faults").replaceChildren(...told.faults.map((text) => h("li", {}, text)));
  const focused = document.activeElement?.closest(".stage") ? chosen : null;
  byId("stages").replaceChildren(...told.stages.map(card));
  if (focused) byId("stages").querySelector('[aria-pressed="true"]')?.focus();
  detail();
}

async function refresh() {
  try {
    const { cycles } = await get(api("cycles?limit=96"));
    if (!cycles.length) {
      setText(byId("verdict"), "No quarter hour has been gathered yet: that is done every two minutes.");
      return;
    }
    if (follows) shown = cycles[0].id;
    const known = cycles.some((one) => one.id === shown);
    byId("which").replaceChildren(...(known ? [] : [h("option", { value: shown }, "the one of the address")]), ...cycles.map((one) => h("option", { value: one.id }, `${slot(one)}, ${one.outcome_label.toLowerCase()}`)));
    byId("which").value = shown;
    told = await get(api(`cycles/${shown}`));
    draw();
  } catch (error) {
    setText(byId("state"), error.message);
  }
}

byId("which").addEventListener("change", () => {
  shown = byId("which").value;
  follows = byId("which").selectedIndex === 0;
  refresh();
});
refresh();
setInterval(refresh, AGAIN_MS);
