/** One claim in a row: what is said, what it means, what was measured, what stands beside it. */
import { h } from "../js/dom.js";
import { isKnown, number } from "../js/format.js";
import { percent, signed, strip } from "./benefits_strip.js";

const WORD = { better: "better", worse: "worse", no_difference: "no difference shown", not_credited: "not credited", not_measured: "not measured", void: "no claim" };
const SCALES = [[1000, 0], [10, 1], [0.1, 2]];

/** As many decimals as such a number deserves. */
export const plain = (value) => (isKnown(value) ? number(value, "1", Number.isInteger(value) ? 0 : (SCALES.find(([least]) => Math.abs(value) >= least) ?? [0, 4])[1]) : "not known");
const verdict = (one) => h("span", { class: one.verdict === "worse" ? "worse" : "muted" }, WORD[one.verdict] ?? one.verdict);

const within = (share, low, high) => `${signed(share)}${isKnown(low) && isKnown(high) ? ` (${signed(low)} to ${signed(high)})` : ""}`;
const behind = (claim, study, words) => h("button", { type: "button", class: "figure", onclick: () => study.behind(claim.figure, claim.title) }, words);
const told = (claim, study, word) => h("p", {}, behind(claim, study, signed(claim.gain)), ` (${signed(claim.gain_low)} to ${signed(claim.gain_high)}, 95 %)${word ? ", " : ""}`, word);

function measured(claim, study) {
  const runUrl = (seed) => study.urls.get(`${seed} A2`);
  const cap = isKnown(claim.cap) ? h("p", { class: "small muted" }, `Most that can be gained, as A1 uses so much already: ${signed(claim.cap)}`) : null;
  const harsh = isKnown(claim.harsh_gain) && claim.harsh_gain !== claim.gain ? h("p", { class: "small muted" }, `With all that is in doubt against it: ${signed(claim.harsh_gain)}`) : null;
  return h("div", {}, strip(claim, study.judgement.seeds, runUrl),
    told(claim, study, verdict(claim)), harsh, cap);
}

const beside = (one, study) => [
  h("dt", {}, h("button", { type: "button", class: "figure", onclick: () => study.behind(one.figure, one.words) }, one.words)),
  h("dd", {}, `${plain(one.base)} → ${plain(one.other)} `, verdict(one)),
];

function ablation(claim, study) {
  if (!claim.ablation.length) return [h("dt", {}, "By desk"), h("dd", { class: "muted" }, "not measured")];
  const sign = claim.better === "higher" ? -1 : 1;
  return claim.ablation.flatMap((one) => [
    h("dt", {}, behind(claim, study, study.desk(one.desk))),
    h("dd", {}, within(...[one.change, ...(sign > 0 ? [one.change_low, one.change_high] : [one.change_high, one.change_low])].map((share) => (isKnown(share) ? sign * share : null)))),
  ]);
}

const guards = (claim, study) => h("div", {}, h("h4", {}, "Guards, A1 → A2"), h("dl", {}, ...claim.guards.flatMap((one) => beside(one, study))),
  h("details", {}, h("summary", { class: "small" }, "Further figures"), h("dl", {}, ...claim.beside.flatMap((one) => beside(one, study)))));
const worth = (claim, study) => h("div", {}, h("h4", {}, "Ceiling, and what A2 loses without a desk"), h("dl", {},
  h("dt", {}, behind(claim, study, "Perfect foresight (A3)")), h("dd", {}, within(claim.ceiling_gain, claim.ceiling_gain_low, claim.ceiling_gain_high)), ...ablation(claim, study)));

/** A check of the study failed: nothing is claimed, and what was recorded is there for whoever looks for it. */
function noClaim(claim, study) {
  return [h("div", {}, h("p", { class: "no-claim" }, "No claim"), h("p", { class: "small" }, "A check of this study failed: it is told at the right which one.")),
    h("details", { class: "recorded" }, h("summary", { class: "small" }, "What was recorded all the same"), measured(claim, study), guards(claim, study), worth(claim, study))];
}

/** `study`: judgement, urls of runs by seed and arm, names of desks, and what opens the runs behind a figure. */
export function claimRow(claim, study) {
  return h("article", { class: "claim", "data-claim": claim.key },
    h("div", {}, h("h3", {}, claim.title), h("p", {}, `Sold with ${percent(claim.said_low)} to ${percent(claim.said_high)}`), h("p", { class: "small muted" }, claim.definition)),
    ...(claim.verdict === "void" ? noClaim(claim, study) : [measured(claim, study), guards(claim, study), worth(claim, study), h("p", { class: "sentence" }, claim.sentence)]));
}
