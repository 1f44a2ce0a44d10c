/** What GridOps has done for this grid of late, from the receipts. Until it is there, that is said. */
import { h } from "../js/dom.js";
import { isKnown } from "../js/format.js";
import { plain } from "./benefits_claim.js";

const UNKNOWN = "Not worked out yet.";

export function drawMeter(box, { status, body }) {
  const rows = status === 200 ? (body.rows ?? []) : [];
  if (!rows.length) { box.replaceChildren(h("p", { class: "empty" }, body?.words || UNKNOWN)); return; }
  const band = (one) => (isKnown(one.low) && isKnown(one.high) ? ` (${plain(one.low)} to ${plain(one.high)})` : "");
  box.replaceChildren(h("dl", {}, ...rows.flatMap((one) => [h("dt", {}, one.label), h("dd", {}, isKnown(one.value) ? `${plain(one.value)} ${one.unit}${band(one)}` : "not known")])));
}
