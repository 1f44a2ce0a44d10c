import { symbol } from "../js/alarm_view.js";
import { byId, h } from "../js/dom.js";

const item = (glyph, text) => h("li", {}, h("span", { class: "glyph" }, glyph), h("span", {}, text));
const line = (attributes) => h("span", { class: "line-glyph", ...attributes });
const switchGlyph = (position, off = false) => h("span", { class: "switch-glyph", "data-position": position, "data-off": off });
const badge = (text) => h("b", { class: "badge" }, text);
const WIDTHS = (kv) => (kv >= 200 ? "4" : kv >= 60 ? "3" : "1");

export function drawLegend(model) {
  byId("legend").replaceChildren(
    h("ul", {}, model.levels.map((kv) => item(line({ "data-width": WIDTHS(kv) }), `${kv} kV`)),
      item(line({ "data-looped": "" }), "closed ring"), item(line({ "data-supply": "dead" }), "dead"), item(line({ "data-supply": "unobservable" }), "not observable")),
    h("ul", {}, item(switchGlyph("closed"), "closed"), item(switchGlyph("open"), "open"), item(switchGlyph("open", true), "off normal"),
      item(h("span", { class: "station-glyph" }), "substation")),
    h("ul", {}, item(symbol(1, "unacknowledged"), "to acknowledge"), item(symbol(2, "acknowledged"), "acknowledged"), item(symbol(3, "returned"), "returned")),
    h("ul", {}, item(badge("I>"), "overload"), item(badge("U<"), "voltage low"), item(badge("U>"), "voltage high")),
  );
}
