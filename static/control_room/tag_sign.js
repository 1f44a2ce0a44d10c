import { svg } from "../js/dom.js";

const LETTER = { hold: "H", earth: "E", hot_line: "L", caution: "C", information: "i" };

/** A label that hangs: its letter says what kind, a filled one forbids; `tags` are those of one device, gravest first. */
export function tagSign(tags, x, y) {
  const [{ kind }] = tags;
  const words = tags.map((tag) => `${tag.kind_label} (${tag.placed_by}): ${tag.reason}`).join("\n");
  return svg("g", { class: "tag-sign", "data-kind": kind, transform: `translate(${x} ${y})` },
    svg("path", { d: "M0 0h14l5 8-5 8h-14z" }), svg("text", { x: 7.5, y: 12.5 }, LETTER[kind] ?? "?"),
    ...(tags.length > 1 ? [svg("text", { class: "many", x: 22, y: 13 }, `×${tags.length}`)] : []), svg("title", {}, words));
}
