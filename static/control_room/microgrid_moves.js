/** Islanding and reconnection: what is under way with its steps, the rules, and what a person does about it. */
import { api, exchange, reason } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { instant, number, when } from "../js/format.js";
import { live } from "../js/live.js";
import { ask } from "./ask.js";
import { known } from "./microgrid_words.js";

const PROPOSED = "proposed", VETO_H = 4;
const ACTS = {
  island: { title: "open the coupling and stand alone", yes: "Stand alone" },
  reconnect: { title: "synchronise, and close the coupling to the grid", yes: "Reconnect" },
  "black-start": { title: "form a grid inside without the one outside", yes: "Black start" },
};

export class Moves {
  constructor({ mrid, name, refresh }) {
    Object.assign(this, { base: `microgrids/${mrid}`, name, refresh, told: null });
    document.querySelectorAll("[data-move]").forEach((button) => button.addEventListener("click", () => this.#begin(button.dataset.move)));
    byId("approve")?.addEventListener("click", () => this.#approve());
    byId("forbid")?.addEventListener("click", () => this.#forbid());
    byId("lift")?.addEventListener("click", () => this.#lift());
  }

  draw(told) {
    this.told = told;
    [byId("moves").hidden, byId("moves-empty").hidden] = [!told, Boolean(told)];
    setText(byId("moves-empty"), "Not worked out yet.");
    if (!told) return;
    const { current, veto } = told;
    setText(byId("moves-mode"), `Rules act: ${told.mode_label.toLowerCase()}`);
    setText(byId("veto"), veto ? `FORBIDDEN: ${veto.against_label.toLowerCase()}, by ${veto.by} until ${when(instant(veto.until), live.now())}. ${veto.reason}` : "");
    setText(byId("moves-current"), current ? currentWords(current) : "Nothing is under way.");
    const last = current ?? null;
    byId("moves-steps").replaceChildren(...(last?.steps.length ? last.steps.map(stepRow) : [h("tr", {}, h("td", { colspan: 5, class: "empty" }, current ? "No step was taken yet." : "0 steps under way."))]));
    byId("moves-rules").replaceChildren(...(told.rules.length ? told.rules.map(ruleRow) : [h("tr", {}, h("td", { colspan: 6, class: "empty" }, "No rule is entered yet."))]));
    byId("moves-before").replaceChildren(...(told.transitions.length ? told.transitions.map(beforeRow) : [h("tr", {}, h("td", { colspan: 5, class: "empty" }, "It has never left the grid."))]));
    if (byId("approve")) byId("approve").hidden = !current || !(current.status === PROPOSED || !current.executor);
    if (byId("lift")) byId("lift").hidden = !veto;
  }

  async #send(method, noun, body, done) {
    setText(byId("moves-outcome"), "");
    try {
      const { status, body: told } = await exchange(api(noun), method, body);
      setText(byId("moves-outcome"), status >= 200 && status < 300 ? done : reason(told, status));
    } catch (error) {
      setText(byId("moves-outcome"), error.message);
    }
    await this.refresh();
  }

  async #begin(kind) {
    const { title, yes } = ACTS[kind];
    const why = await ask({ title: `${this.name}: ${title}. Its orders go to the field in your name, one after the other; each has its way back.`, label: "Reason", text: "", yes });
    if (why) await this.#send("POST", `${this.base}/transitions`, { kind, reason: why }, "It has begun; the steps appear below.");
  }

  async #approve() {
    const { current } = this.told;
    const why = await ask({ title: `${this.name}: ${current.kind_label.toLowerCase()}, because ${current.reason} Its orders go to the field in your name.`, label: "Say yes to approve", text: "yes", yes: "Approve" });
    if (why) await this.#send("POST", `microgrid-transitions/${current.id}/approval`, {}, "Approved.");
  }

  async #forbid() {
    const why = await ask({ title: `${this.name}: forbid every transition for ${VETO_H} hours. What has moved nothing yet goes back.`, label: "Reason", text: "", yes: "Forbid" });
    if (why) await this.#send("POST", `${this.base}/veto`, { against: "all", reason: why, hours: VETO_H }, "Forbidden.");
  }

  async #lift() {
    const why = await ask({ title: `${this.name}: lift the veto. Rules may act again.`, label: "Say yes to lift it", text: "yes", yes: "Lift it" });
    if (why) await this.#send("DELETE", `${this.base}/veto`, {}, "Lifted.");
  }
}

function currentWords(one) {
  const why = [one.reason, one.way_back && `On its way back: ${one.way_back}`, one.check?.words, ...(one.check?.warnings ?? [])].filter(Boolean).join(" ");
  const who = one.executor ? `in the name of ${one.executor}` : "nobody answers for it yet";
  return `${one.kind_label}: ${one.status_label.toLowerCase()}. ${one.stage_label} for ${number(one.stage_for_s, "s", 0)} s, ${who}. ${why}`;
}

const stepRow = (one) => h("tr", { "data-outcome": one.outcome },
  h("td", { class: "number" }, String(one.number)), h("th", { scope: "row" }, one.what, one.order ? h("span", { class: "small muted" }, ` order ${one.order}`) : ""),
  h("td", {}, one.outcome_label), h("td", { class: "small" }, one.told), h("td", { class: "small muted" }, one.way_back));

const ruleRow = (one) => h("tr", {},
  h("th", { scope: "row" }, one.criterion_label, one.is_on ? "" : h("span", { class: "small muted" }, " (off)")),
  h("td", { class: "number" }, number(one.on_at, "", 3)), h("td", { class: "number" }, number(one.off_at, "", 3)), h("td", { class: "number" }, `${number(one.on_delay_s, "", 1)} / ${number(one.off_delay_s, "", 0)}`),
  h("td", { class: "number" }, known(one.value) ? number(one.value, "", 3) : "–"), h("td", { class: one.is_standing ? "strong" : "" }, one.is_standing ? "STANDS" : "no"));

const beforeRow = (one) => h("tr", {},
  h("td", { class: "small" }, when(instant(one.begun_at ?? one.proposed_at), live.now())), h("th", { scope: "row" }, one.kind_label), h("td", {}, one.status_label),
  h("td", { class: "small" }, one.reason), h("td", { class: "small" }, one.outcome));
