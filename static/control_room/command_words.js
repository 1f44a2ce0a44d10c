/** Orders in words: what was found, how far it is, how it ended. */
import { h } from "../js/dom.js";
import { instant, stamp } from "../js/format.js";

const LEVEL = { blocks: "FORBIDDEN", warns: "Warning", tells: "Note" };
const ENDS_WELL = "confirmed";

export const presentWords = ({ text, unit }) => [text, unit].filter(Boolean).join(" ");

export function act(order) {
  const value = order.act === "set" ? ` to ${order.value} ${order.unit}` : "";
  return `${order.act_label}${value} ${order.device_name}`;
}

export function findings(found) {
  if (!found.length) return null;
  return h("ul", { class: "command-findings" }, found.map(({ level, text, add_cause: cause }) => h("li", { "data-level": level }, h("b", {}, LEVEL[level]), " ", text, cause && h("span", { class: "muted" }, ` (${cause})`))));
}

export const POSITIONS = ["open", "closed", "between open and closed", "unknown"];
const isSwitch = ({ act: one }) => one === "open" || one === "close";
const read = (order) => (order.feedback === null ? "" : isSwitch(order) ? POSITIONS[order.feedback] : `${order.feedback} ${order.unit}`.trim());

const at = (text) => (text ? stamp(instant(text)) : "");

/** Select, second person, sent, answer, feedback: which of them lie behind. */
export function progress(order) {
  const steps = [
    ["Selected", order.selected_at, order.selected_by],
    ["Confirmed", order.ordered_at, ""],
    ...(order.is_critical ? [["Second person", order.approved_at, order.approved_by ?? ""]] : []),
    ["Taken by the gateway", order.sent_at, ""],
    ["Answer of the field", order.answered_at, ""],
    ["Feedback", order.status === ENDS_WELL ? order.ended_at : null, read(order)],
  ];
  const next = order.is_open ? steps.findIndex(([, when]) => !when) : -1;
  return h("ol", { class: "command-progress" }, steps.map(([name, when, who], place) => h("li", { "data-done": when ? "yes" : "no", "aria-current": place === next ? "step" : null },
    h("span", {}, when ? "●" : place === next ? "◌" : "○"), h("b", {}, name), h("span", { class: "muted" }, [at(when).slice(11), who].filter(Boolean).join(", ")))));
}

export function outcome(order) {
  const words = order.status === "unknown" ? "UNKNOWN. It may have been done, or not. Nothing is sent again, and the device takes no other order, until it is settled: by its position, or by who finds out on site (Orders)." : order.status_label;
  return h("p", { class: "command-outcome", "data-status": order.status, role: order.is_open ? null : "status" }, h("b", {}, words), order.finding ? ` ${order.settled_by}: ${order.finding}` : order.reason && ` ${order.reason}`, order.add_cause && h("span", { class: "muted" }, ` (${order.add_cause})`));
}
