import { api, get } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, number, time } from "../js/format.js";
import { live } from "../js/live.js";
import { sideWord } from "../js/names.js";
import { AXIS, Trend } from "./trend.js";
import { limitsOf, pageScale, scaled } from "./values.js";

const ORDER = ["voltage", "loading", "current", "active_power", "state_of_charge", "reactive_power", "tap_position", "switch_state"];
const rank = ({ quantity }) => (ORDER.includes(quantity) ? ORDER.indexOf(quantity) : ORDER.length);
const WIDTH = 1200;
const MOST = 4;
const LEAST_S = 120;  // a system that has only just started still gets an axis that reads

const penKey = (kind, item) => `${kind}.${item.quantity}.${item.side}.${item.unit}`;
const label = (kind, item) => [kind, sideWord(item.side).split(" ")[0]].filter(Boolean).join(" ");

async function measured(point, seconds) {
  const end = new Date(live.now());
  const query = new URLSearchParams({ from: new Date(end - seconds * 1000).toISOString(), to: end.toISOString(), width: String(WIDTH) });
  const samples = await get(api(`telemetry/points/${point.id}/samples?${query}`));
  return { key: penKey("measured", point), label: label("measured", point), kind: "measured", isHeld: !point.is_stale, quantity: point.quantity, unit: samples.unit || point.unit, series: { t: samples.t, v: samples.mean } };
}

const estimated = (item) => ({ key: penKey("estimated", item), label: label("estimated", item), kind: "estimated", quantity: item.quantity, unit: item.unit, limits: limitsOf(item), series: { t: item.t, v: item.v } });

function limitsFor(group, scale) {
  const { low, high } = group.find(({ limits }) => limits)?.limits ?? {};
  return [["low limit", low], ["high limit", high]].filter(([, limit]) => Number.isFinite(limit)).map(([name, limit]) => {
    const shown = limit / scale.by;
    return { value: shown, name: `${name} ${number(shown, scale.unit)} ${scale.unit}` };
  });
}

/** Kilo or mega for a whole chart, as in the table of values. */
function scaleOf(group, values) {
  const largest = group.reduce((most, { series }) => series.v.reduce((a, v) => Math.max(a, Math.abs(v ?? 0)), most), 0);
  return largest >= 10_000 ? scaled(group[0].unit, largest) : pageScale(values)(group[0].unit);
}

const shrunk = (pen, by) => (by === 1 ? pen : { ...pen, series: { t: pen.series.t, v: pen.series.v.map((v) => (v === null ? null : v / by)) } });

/** The charts of one element: one per quantity and unit, measured over estimated. */
export class Trends {
  constructor(mrid) {
    Object.assign(this, { mrid, charts: [], seconds: 3600, ticket: 0 });
    for (const box of [byId("trends"), byId("page")]) new ResizeObserver(() => this.#fit()).observe(box);
    addEventListener("themechange", () => this.charts.forEach((chart) => chart.retheme()));
  }

  async load(state, seconds = this.seconds) {
    this.seconds = seconds;
    const ticket = ++this.ticket;
    const hours = Math.max(0.05, seconds / 3600);
    const jobs = [get(api(`state/elements/${this.mrid}/trend?hours=${hours}`)), ...state.points.map((point) => measured(point, seconds).catch(() => null))];
    const [trend, ...points] = await Promise.all(jobs);
    if (ticket !== this.ticket) return;
    this.#draw([...trend.series.map(estimated), ...points.filter(Boolean)], state.values);
  }

  #draw(pens, values) {
    const box = byId("trends");
    const groups = Map.groupBy(pens, (pen) => `${pen.quantity} ${pen.unit}`);
    const drop = groups.has("voltage kV") ? "voltage pu" : null;  // the same line twice says nothing
    const chosen = [...groups.values()].filter(([pen]) => `${pen.quantity} ${pen.unit}` !== drop)
      .sort(([a], [b]) => rank(a) - rank(b)).slice(0, MOST);
    this.charts.forEach((chart) => chart.chart.destroy());
    box.replaceChildren();
    const since = this.#since(pens);
    this.charts = chosen.map((group, i) => {
      const scale = scaleOf(group, values);
      return new Trend({
        box, quantity: group[0].quantity, ...scale, limits: limitsFor(group, scale),
        pens: group.map((pen) => shrunk(pen, scale.by)), seconds: this.seconds, since, height: 160, isLast: i === chosen.length - 1,
      });
    });
    this.#fit();
    if (!chosen.length) box.append(h("p", { class: "empty" }, "0 series: nothing is measured or estimated here."));
  }

  /** The axis begins where the data do, if that is later than was asked for, and the panel says so. */
  #since(pens) {
    const first = Math.min(...pens.map(({ series }) => series.t[0] ?? Infinity));
    const asked = live.now() / 1000 - this.seconds;
    const isShort = Number.isFinite(first) && first > asked + 60;
    setText(byId("trend-note"), isShort ? `no data before ${day(first * 1000)} ${time(first * 1000)}` : "");
    return isShort ? Math.min(first, live.now() / 1000 - LEAST_S) : -Infinity;
  }

  /** The charts share what the page leaves them, and are never too low to read; the last one has the time axis. */
  #fit() {
    if (!this.charts.length) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const [page, box] = [byId("page"), byId("trends")];
    const around = box.scrollHeight - this.charts.reduce((sum, chart) => sum + chart.height, 0);
    const above = box.getBoundingClientRect().top - page.getBoundingClientRect().top + page.scrollTop;
    const axis = (AXIS - 8) * (rem / 16);
    const own = (page.clientHeight - above - around - axis - 1.25 * rem) / this.charts.length;
    const height = Math.floor(Math.min(20 * rem, Math.max(5.5 * rem, own)));
    this.charts.forEach((chart, i) => chart.resize(height + (i === this.charts.length - 1 ? Math.round(axis) : 0)));
  }

  /** The newest scan at the right edge, without another request. */
  append(state) {
    for (const chart of this.charts) {
      for (const value of state.values) chart.append(penKey("estimated", value), instant(value.at) / 1000, value.value);
      for (const point of state.points) if (point.at) chart.append(penKey("measured", point), instant(point.at) / 1000, point.value);
      chart.redraw();
    }
  }
}
