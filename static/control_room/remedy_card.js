/** One remedy as a person weighs it: before and after, how sure, what it costs, why it stands where it stands. */
import { api, exchange, reason } from "../js/api.js";
import { elementUrl } from "../js/config.js";
import { byId, h, say, setText, svg } from "../js/dom.js";
import { instant, number, time } from "../js/format.js";
import { ask } from "./ask.js";

const WIDTH = 220;
export const PART = {
  ends: "Ends the trouble", relief: "Relief", customers: "Customers cut off", operations: "Operations", cost: "Cost", time: "Time to effect",
  emissions: "Emissions", record: "Track record", rejections: "Rejected of late", trouble: "Gravity of the trouble",
};
const digits = (unit) => (unit === "pu" ? 4 : 1);
export const amount = (value, unit) => `${number(value, unit, digits(unit))}${unit ? ` ${unit}` : ""}`;
export const proposalUrl = (id) => `/proposals/${id}/`;
const share = (value) => (value === null || value === undefined ? "–" : `${number(100 * value, "%", 0)} %`);

/** What the limit of a trouble means, in words. */
export const bound = (trouble) => {
  if (trouble.limit === null || trouble.breach === "off_normal") return "";
  return trouble.breach === "supply" ? `, ${amount(trouble.limit, trouble.unit)} of it until the repair` : `, limit ${amount(trouble.limit, trouble.unit)}`;
};

/** Before and after on one scale with the limit: colour says nothing, place does. */
export function beforeAfter(trouble, proposal) {
  const { value_before: before, value_after: after, unit } = proposal;
  if (before === null || after === null) return null;
  const values = [before, after, trouble.limit ?? 0];
  const low = Math.min(...values), high = Math.max(...values), room = (high - low || 1) * 0.12;
  const x = (value) => 6 + ((value - low + room) / (high - low + 2 * room)) * (WIDTH - 12);
  const limit = trouble.limit === null ? [] : [svg("line", { class: "limit", x1: x(trouble.limit), x2: x(trouble.limit), y1: 1, y2: 25 })];
  const label = `${amount(before, unit)} before, ${amount(after, unit)} after${bound(trouble)}`;
  return svg("svg", { class: "before-after", width: WIDTH, height: 26, role: "img", "aria-label": label },
    svg("line", { class: "way", x1: x(before), x2: x(after), y1: 13, y2: 13 }), ...limit,
    svg("circle", { class: "before", cx: x(before), cy: 13, r: 5 }), svg("circle", { class: "after", cx: x(after), cy: 13, r: 5 }));
}

function effect(trouble, proposal) {
  const { unit } = proposal;
  if (proposal.expected_relief === null) return h("p", {}, proposal.reason || "Being checked by power flow.");
  const end = trouble.has_limit ? (proposal.ends ? "Ends it" : "Eases it, does not end it") : "Saves";
  return h("div", { class: "effect" },
    h("p", {}, h("b", {}, `${amount(proposal.value_before, unit)} → ${amount(proposal.value_after, unit)}`), bound(trouble)),
    beforeAfter(trouble, proposal),
    h("p", {}, `${end}: ${amount(proposal.expected_relief, unit)} less, with 80 % between ${amount(proposal.low_relief, unit)} and ${amount(proposal.high_relief, unit)}.`,
      trouble.has_limit && ` Sure by ${share(proposal.confidence)}.`),
    proposal.verification?.breaks_another > 0 && h("p", {}, `Little room: with the loads a little other than known, it breaks another limit in ${share(proposal.verification.breaks_another)} of what could be.`));
}

function spent(proposal) {
  const rows = [["Effect in", `${number(proposal.time_to_effect_s, "s", 0)} s`], ["Operations", number(proposal.operations, "customers")], ["Cost", `${number(proposal.cost_eur, "EUR", 0)} EUR`],
    ["Customer minutes", number(proposal.customer_minutes, "customers")], ["CO₂", `${number(proposal.emissions_kg, "kg", 0)} kg`]];
  return h("dl", { class: "spent" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]).flat());
}

export function why(proposal) {
  if (!proposal.score) return null;
  const parts = proposal.score.parts.filter(({ part, points }) => part !== "trouble" && points !== 0);
  return h("details", { class: "why" }, h("summary", {}, `${number(proposal.score.total, "points", 1)} points: why`),
    h("table", {}, h("tbody", {}, parts.map(({ part, points }) => h("tr", {}, h("th", { scope: "row" }, PART[part] ?? part), h("td", { class: "number" }, number(points, "points", 1)))))));
}

const steps = (proposal) => h("ol", { class: "steps" }, proposal.steps.map((step) => h("li", {}, h("a", { href: elementUrl(step.device_mrid) }, step.words))));

function confirm({ title, lines, yes }) {
  const dialog = byId("confirm");
  setText(byId("confirm-title"), title);
  byId("confirm-text").replaceChildren(...lines);
  setText(byId("confirm-yes"), yes);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => { dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }); });
}

async function act(proposal, what, body, done) {
  const { status, body: told } = await exchange(api(`proposals/${proposal.id}/${what}`), "POST", body);
  if (status !== 201) say(reason(told, status));
  await done();
}

async function approve(proposal, trouble, done) {
  const lines = [h("p", {}, `For: ${trouble.breach_label.toLowerCase()} at ${trouble.place}.`), steps(proposal), effect(trouble, proposal), h("p", {}, "Approving moves nothing yet: the steps are ordered after it, each with its own look-ahead.")];
  if (await confirm({ title: `Approve: ${proposal.title}`, lines, yes: "Approve" })) await act(proposal, "approval", {}, done);
}

async function carryOut(proposal, done) {
  const lines = [steps(proposal), h("p", {}, "Each step is ordered when the one before is seen done. Where the look-ahead of a step warns, it waits until you have read the warning.")];
  if (await confirm({ title: `Carry out in the field: ${proposal.title}`, lines, yes: "Carry out" })) await act(proposal, "execution", {}, done);
}

async function goOn(proposal, done) {
  const lines = [h("p", {}, proposal.reason), h("p", {}, `Next: ${proposal.steps[proposal.waits_at - 1]?.words}.`)];
  if (await confirm({ title: `Step ${proposal.waits_at} has a warning`, lines, yes: "I have read it: go on" })) await act(proposal, "execution", {}, done);
}

async function withReason(proposal, what, title, done) {
  const why = await ask({ title: `${title}: ${proposal.title}`, label: "Reason. It is kept, and the like of it is ranked lower for a day.", text: "", yes: title });
  if (why) await act(proposal, what, { reason: why }, done);
}

const button = (text, onclick) => h("button", { type: "button", onclick }, text);

export function buttons(proposal, trouble, rights, done) {
  const { status } = proposal;
  return h("div", { class: "choice" },
    rights.mayDecide && status === "verified" && !proposal.conflict && button("Approve…", () => approve(proposal, trouble, done)),
    rights.mayDecide && status === "verified" && button("Reject…", () => withReason(proposal, "rejection", "Reject", done)),
    rights.mayOperate && status === "approved" && button("Carry out…", () => carryOut(proposal, done)),
    rights.mayOperate && status === "executing" && proposal.waits_at > 0 && button("Read the warning…", () => goOn(proposal, done)),
    rights.mayDecide && status === "executing" && button("Stop…", () => withReason(proposal, "withdrawal", "Stop", done)),
    rights.mayDecide && status === "approved" && button("Withdraw…", () => withReason(proposal, "withdrawal", "Withdraw", done)));
}

export function card(proposal, trouble, rights, done) {
  const until = proposal.status === "verified" ? `, good until ${time(instant(proposal.expires_at))}` : "";
  return h("article", { class: "remedy", "data-status": proposal.status, "data-id": proposal.id, "aria-label": proposal.title },
    h("header", {}, proposal.rank && h("b", { class: "rank" }, `${proposal.rank}`), h("h3", {}, h("a", { href: proposalUrl(proposal.id) }, proposal.title)),
      h("span", { class: "small muted" }, `${[proposal.desk_label, ...(proposal.also_by ?? [])].join(" and ")}, ${proposal.kind}. ${proposal.status_label}${until}`)),
    effect(trouble, proposal), spent(proposal),
    proposal.conflict && h("p", { class: "conflict" }, `Conflict: ${proposal.conflict}`),
    proposal.waits_at > 0 && h("p", { class: "conflict" }, proposal.reason),
    proposal.explanation && h("p", { class: "small" }, proposal.explanation), why(proposal), buttons(proposal, trouble, rights, done));
}
