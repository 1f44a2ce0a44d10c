import { byId, h } from "../js/dom.js";
import { number } from "../js/format.js";
import { PROVENANCE, SUPPLY } from "../js/frame.js";
import { classWord } from "../js/names.js";
import { SUPPLY_WORD, provenanceMark } from "./values.js";

const row = (name, ...value) => h("div", { class: "pair" }, h("span", { class: "muted" }, name), h("b", { class: "live-value" }, ...value));
const unit = (text) => h("span", { class: "unit" }, text);

/** The few values of an element that the frame itself carries. */
export function frameRows(ref, model, state) {
  const value = state.value(ref);
  if (!value) return [];
  if (value.position) return [row("Position", value.position, value.offNormal ? ", off normal" : "")];
  const rows = [];
  if (value.pu !== undefined) {
    rows.push(row("Voltage", number(value.pu, "pu"), unit("pu")), row("", number(value.pu * model.kv(ref), "kV"), unit(`kV of ${model.kv(ref)}`)));
  }
  if (value.loading !== undefined) {
    rows.push(row("Loading", number(value.loading * 100, "%"), unit("% of 100")), row("Active power", number(value.kw / 1000, "MW"), unit("MW")));
  }
  return rows;
}

export function supplyLine(ref, state) {
  const supply = SUPPLY[state.supply(ref)];
  const mark = ref.kind === "switches" ? "" : provenanceMark(PROVENANCE[state.provenance(ref)]);
  return h("div", { class: "pair" }, h("span", { class: "muted" }, "Supply"), h("b", {}, SUPPLY_WORD[supply], " ", mark));
}

export const pathOf = (ref, model) => [`${model.kv(ref)} kV`, model.feeder(ref)].filter(Boolean).join(" › ");

export function showHover(ref, at, model, state) {
  const card = byId("hover");
  card.hidden = !ref || ref.kind === "stations";
  if (card.hidden) return;
  card.replaceChildren(
    h("b", {}, model.name(ref)), h("div", { class: "small muted" }, `${classWord(model.className(ref))} › ${pathOf(ref, model)}`),
    supplyLine(ref, state), ...frameRows(ref, model, state),
  );
  const area = card.parentElement.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  card.style.left = `${at.x + 18 + width > area.width ? Math.max(0, at.x - width - 18) : at.x + 18}px`;
  card.style.top = `${Math.max(0, Math.min(at.y + 14, area.height - height - 8))}px`;
}
