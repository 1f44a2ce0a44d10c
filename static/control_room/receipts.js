/** Track records and receipts, as the page brought them. */
import { pageData } from "../js/config.js";
import { byId, h } from "../js/dom.js";
import { instant, number, stamp } from "../js/format.js";
import { amount, proposalUrl } from "./remedy_card.js";

const share = (value) => (value === null ? "–" : number(100 * value, "%", 0));
const count = (value) => h("td", { class: "number" }, number(value, "customers"));
const percent = (value) => h("td", { class: "number" }, share(value));

function record(one) {
  return h("tr", {}, h("td", {}, one.desk_label), h("td", {}, one.kind), count(one.proposed), count(one.failed_verification), count(one.taken), count(one.rejected), count(one.count),
    percent(one.hit_rate), percent(one.bias), percent(one.share_inside), percent(one.mean_confidence), percent(one.ended_rate), percent(one.reliability));
}

function verdict(one) {
  if (one.outcome === "due") return "Not yet measured";
  if (one.outcome === "void") return `Cannot be scored: ${one.reason}`;
  return `${one.is_hit ? "Came true" : "Did not come true"}, ${one.is_inside ? "inside" : "outside"} the band`;
}

function row(one) {
  const value = (number_) => h("td", { class: "number" }, number_ === null ? "–" : amount(number_, one.unit));
  return h("tr", {}, h("td", {}, one.measured_at ? stamp(instant(one.measured_at)).slice(0, 19) : "–"), h("td", {}, h("a", { href: proposalUrl(one.proposal) }, one.title)), h("td", {}, one.trouble), h("td", {}, one.desk_label), h("td", {}, one.is_taken ? "yes" : "no"),
    h("td", { class: "number" }, `${amount(one.expected, one.unit)} (${amount(one.low, one.unit)} to ${amount(one.high, one.unit)})`), value(one.realised), value(one.value_with), value(one.value_without), h("td", {}, verdict(one)));
}

const records = pageData("records-data"), receipts = pageData("receipts-data");
byId("records").replaceChildren(...records.map(record));
byId("receipts").replaceChildren(...receipts.map(row));
byId("no-records").hidden = records.length > 0;
byId("no-receipts").hidden = receipts.length > 0;
