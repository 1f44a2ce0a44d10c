import { byId, h } from "../js/dom.js";
import { number } from "../js/format.js";
import { PROVENANCE, SUPPLY } from "../js/frame.js";
import { classWord } from "../js/names.js";
import { suppliedBy, supplyWord } from "./islands.js";
import { provenanceMark } from "./values.js";

const row = (name, ...value) => h("div", { class: "pair" }, h("span", { class: "muted" }, name), h("b", { class: "live-value" }, ...value));
const unit = (text) => h("span", { class: "unit" }, text);

/** The few values of an element that the frame itself carries. */
export function frameRows(ref, model, state) {
  const value = state.value(ref);
  if (!value) return [];
  if (value.position) return [row("Position", value.position, value.offNormal ? ", off normal" : "")];
  const rows = [];
  if (value.pu !== undefined) {
    const [low, high] = model.limits(ref);
    const within = Number.isFinite(low) ? `, ${number(low, "pu")} to ${number(high, "pu")}` : "";
    rows.push(row("Voltage", number(value.pu, "pu"), unit(`pu${within}`)), row("", number(value.pu * model.kv(ref), "kV"), unit(`kV of ${model.kv(ref)}`)));
  }
  if (value.loading !== undefined) {
    rows.push(row("Loading", number(value.loading * 100, "%"), unit("% of 100")), row("Active power", number(value.kw / 1000, "MW"), unit(rated(ref, model))));
  }
  return rows;
}

/** What a branch may carry, at its nominal voltage. */
function rated(ref, model) {
  const { lines, transformers } = model.doc;
  const kva = ref.kind === "lines" ? Math.sqrt(3) * model.kv(ref) * lines.rated_a[ref.index] : transformers.rated_kva[ref.index];
  return kva > 0 ? `MW, rated ${number(kva / 1000, "MVA")} MVA` : "MW, no rating";
}

export function supplyLine(ref, model, state) {
  const supply = SUPPLY[state.supply(ref)];
  const mark = ref.kind === "switches" ? "" : provenanceMark(PROVENANCE[state.provenance(ref)]);
  return h("div", { class: "pair" }, h("span", { class: "muted" }, "Supply"), h("b", {}, supplyWord(supply, suppliedBy(ref, model)), " ", mark));
}

export const pathOf = (ref, model) => [`${model.kv(ref)} kV`, model.feeder(ref)].filter(Boolean).join(" › ");

export function showHover(ref, at, model, state) {
  const card = byId("hover");
  card.hidden = !ref || ref.kind === "stations";
  if (card.hidden) return;
  card.replaceChildren(
    h("b", {}, model.name(ref)), h("div", { class: "small muted" }, `${classWord(model.className(ref))} › ${pathOf(ref, model)}`),
    supplyLine(ref, model, state), ...frameRows(ref, model, state),
  );
  const area = card.parentElement.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  card.style.left = `${at.x + 18 + width > area.width ? Math.max(0, at.x - width - 18) : at.x + 18}px`;
  card.style.top = `${Math.max(0, Math.min(at.y + 14, area.height - height - 8))}px`;
}
