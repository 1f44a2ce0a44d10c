import { api, get, post } from "../js/api.js";
import { byId, h, say, setText } from "../js/dom.js";
import { number } from "../js/format.js";
import { cell, empty, figure, place, table } from "./study_results.js";

const LOOK_AGAIN_MS = 1000;
const FIGURES = [["losses_kw", "Losses, kW", "kW"], ["violations", "Limits broken", ""], ["min_voltage_pu", "Lowest voltage, pu", "pu"],
  ["max_voltage_pu", "Highest voltage, pu", "pu"], ["max_loading_percent", "Top loading, %", "%"]];
const GAPS = { switchings: "open points", set_points: "set-points" };
const isUnderWay = (run) => run?.finished_at === null;

/** What would be best on this study: asked for, followed, shown with its figures, and applied to the study alone. */
export class Optimum {
  /** shown: its tab is to be seen. changed: the study has other changes now. */
  constructor({ id, isOpen, goTo, shown, changed }) {
    Object.assign(this, { base: api(`optimization/studies/${id}`), isOpen, goTo, shown, changed, run: null });
    byId("optimum-form")?.addEventListener("submit", (event) => { event.preventDefault(); this.#tried(() => this.#ask()); });
  }

  async start() {
    [this.run = null] = (await get(this.base)).optima;
    if (isUnderWay(this.run)) this.#later();
  }

  /** After a change of the study: whether the answer is still one to it. */
  async renew() {
    if (this.run) this.run = await get(`${this.base}/runs/${this.run.id}`);
  }

  get facts() {
    if (!this.run) return "";
    const { aim_label: aim, text, outcome_label: outcome, applied_by: by, is_current: isCurrent } = this.run;
    const state = by ? ` Applied by ${by}.` : isCurrent ? "" : " OLD: the study has been changed since.";
    return `${aim}: ${text || outcome}${state}`;
  }

  get content() {
    if (!this.run) return [empty("Not asked for yet.")];
    if (isUnderWay(this.run)) return [empty(`${this.run.stage || "It waits for a worker."} ${Math.round(100 * this.run.progress)} % done.`)];
    return this.run.result ? this.#answer(this.run.result) : [empty(this.run.text)];
  }

  #answer({ before, after, switchings, set_points: setPoints, gap, reason }) {
    const moves = [...switchings, ...setPoints];
    const row = (order, what, figures) => h("tr", {}, h("td", { class: "number" }, order), cell(what), FIGURES.map(([key, , unit]) => figure(figures[key], unit)));
    const ends = [row("", "As the study stands", before), moves.length ? row("", "After all moves", after) : null].filter(Boolean);
    const rows = [...ends, ...moves.map((move, at) => row(at + 1, this.#words(move), move.after))];
    const proven = Object.entries(gap).filter(([, value]) => value !== null).map(([stage, value]) => `${GAPS[stage]} within ${number(100 * value, "%")} %`);
    return [
      this.#mayApply(moves) ? h("p", {}, h("button", { type: "button", id: "optimum-apply", onclick: () => this.#tried(() => this.#apply()) }, "Apply to this study")) : null,
      reason ? empty(reason) : null,
      table(["#", "Move, in this order", ...FIGURES.map(([, label]) => `#${label}`)], rows),
      h("p", { class: "small muted empty" }, `Each line is a full power flow.${proven.length ? ` Proven to be near the best: ${proven.join(", ")}.` : ""} Nothing is proposed or ordered.`),
    ].filter(Boolean);
  }

  #mayApply(moves) { return this.isOpen && moves.length && this.run.is_current && !this.run.applied_by; }

  /** The move in words, its device a button that shows it on the study's map. */
  #words({ words, device_name: name, device_mrid: mrid }) {
    const [start, end] = [words.slice(0, words.indexOf(name)), words.slice(words.indexOf(name) + name.length)];
    return h("span", {}, start, place(this.goTo, { mrid, name }), end);
  }

  async #ask() {
    const given = { aim: byId("optimum-aim").value, max_switchings: Number(byId("optimum-most").value) };
    this.run = await post(this.base, given);
    this.shown();
    if (isUnderWay(this.run)) this.#later();
  }

  #later() { setTimeout(() => this.#tried(() => this.#look()), LOOK_AGAIN_MS); }

  async #look() {
    const { id } = this.run;
    const run = await get(`${this.base}/runs/${id}`);
    if (this.run.id !== id) return;  // another one was asked for meanwhile
    this.run = run;
    this.shown({ asked: false });
    if (isUnderWay(run)) this.#later();
    else say(this.facts);
  }

  async #apply() {
    this.run = await post(`${this.base}/runs/${this.run.id}/apply`, {});
    await this.changed();
    this.shown();
  }

  async #tried(act) {
    const refusal = byId("optimum-refusal");
    if (refusal) setText(refusal, "");
    try {
      await act();
    } catch (error) {
      if (refusal) setText(refusal, error.message);
    }
  }
}
