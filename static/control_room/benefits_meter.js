/** What was done for this grid of late, from the receipts, each figure with its band and the rows behind it. */
import { h } from "../js/dom.js";
import { isKnown } from "../js/format.js";
import { plain } from "./benefits_claim.js";

const NOTHING = "Nothing has been measured in the last seven days.";
const SHOWN = 6;

export function drawMeter(box, { status, body }) {
  if (status !== 200) { box.replaceChildren(h("p", { class: "empty" }, "It cannot be told now.")); return; }
  const known = body.rows.filter((one) => isKnown(one.value));
  box.replaceChildren(
    known.length ? h("dl", { class: "meter" }, ...known.flatMap(row)) : h("p", { class: "empty" }, NOTHING),
    ...unknown(body.rows.filter((one) => !isKnown(one.value)), known.length > 0),
  );
}

const row = (one) => [h("dt", {}, one.label), h("dd", {}, `${plain(one.value)} ${one.unit}${band(one)} `, details(one))];

const band = (one) => (isKnown(one.low) && isKnown(one.high) ? ` (${plain(one.low)} to ${plain(one.high)})` : "");

const details = (one) => h("details", {},
  h("summary", {}, `from ${one.count} ${one.count === 1 ? "receipt" : "receipts"}`),
  h("p", {}, one.words),
  h("ul", {}, ...one.rows.slice(-SHOWN).map((source) => h("li", {}, h("a", { href: source.url }, source.label))),
    ...(one.rows.length > SHOWN ? [h("li", {}, `and ${one.rows.length - SHOWN} earlier`)] : [])));

const unknown = (rows, any) => (any && rows.length ? [h("p", { class: "quiet" }, `Nothing measured: ${rows.map((one) => one.label.toLowerCase()).join("; ")}.`)] : []);
