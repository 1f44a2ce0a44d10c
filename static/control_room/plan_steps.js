import { h } from "../js/dom.js";
import { instant, stamp } from "../js/format.js";

const number = (value, unit = "") => (value === null || value === undefined ? "" : `${Math.round(value).toLocaleString("en")}${unit}`);
const button = (words, onclick, label) => h("button", { type: "button", class: "quiet", onclick, "aria-label": label }, words);

function studied(result) {
  if (!result) return h("td", { class: "text muted" }, "");
  const words = result.tells.join(" ");
  return h("td", { class: "text" }, ...result.forbids.map((one) => h("span", { class: "forbids" }, one)),
    words || !result.forbids.length ? h("span", { class: "words" }, words || (Object.keys(result.figures).length ? "Changes nobody's supply." : "No act on the network.")) : null);
}

function status(step) {
  const at = step.ended_at ?? step.instructed_at;
  return h("td", {}, h("b", {}, step.status_label), at && h("span", { class: "words" }, `${stamp(instant(at)).slice(11, 19)} ${step.instructed_by ?? ""}`), step.note && h("span", { class: "words" }, step.note));
}

/** What may be done with the step now: written, instructed, or told how it went. */
function acts(step, { isNext, rights, plan, act, edit }) {
  if (plan.is_writable && rights.prepare) {
    return [step.position > 1 && button("Up", () => edit(step, "up"), `Step ${step.position} one place up`), button("Remove", () => edit(step, "drop"), `Remove step ${step.position}`)];
  }
  if (!isNext || !rights.operate) return [];
  if (step.status === "new" || step.status === "failed") return [button(step.crew ? "Instruct" : "Carry out", () => act(step, "instruction"), `Step ${step.position}: ${step.text}`)];
  if (step.status === "unknown" || (step.status === "instructed" && step.crew)) {
    return [button("It is done", () => act(step, "report", { outcome: "completed" })), button("It failed", () => act(step, "report", { outcome: "failed" }))];
  }
  return [];
}

export function stepRow(step, context) {
  const { result, isNext } = context;
  const figures = result?.figures ?? {};
  return h("tr", { "data-next": isNext }, h("th", { scope: "row", class: "number" }, String(step.position)), h("td", { class: "text" }, step.text),
    h("td", {}, step.crew || "from here"), studied(result),
    h("td", { class: "number" }, number(figures.customers_without_supply)), h("td", { class: "number" }, number(figures.max_loading_percent, " %")),
    status(step), h("td", {}, ...acts(step, context)));
}
