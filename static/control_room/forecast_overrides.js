/** A person's change: drawn before it is saved, listed with who, why and how well it did. */
import { api, exchange, get, post, reason } from "../js/api.js";
import { byId, h, say, setText } from "../js/dom.js";
import { day, minute, number, parseLocal } from "../js/format.js";
import { live } from "../js/live.js";
import { STEP_S, percent, power, when } from "./forecast_words.js";

const local = (ms) => `${day(ms)} ${minute(ms)}`;

export function startOverrides({ about, page, redraw, reload }) {
  const form = byId("override");
  let touched = false;

  function begin() {
    const next = Math.ceil(live.now() / 1000 / STEP_S) * STEP_S * 1000;
    byId("override-from").value = local(next);
    byId("override-until").value = local(next + 3 * 3600e3);
    byId("override-percent").value = "100";
    byId("override-change").value = "0";
    byId("override-reason").value = "";
    setText(byId("override-refusal"), "");
    touched = false;
    preview();
  }

  function read() {
    const [from, until] = ["override-from", "override-until"].map((id) => parseLocal(byId(id).value.trim()));
    const factor = Number(byId("override-percent").value) / 100, change = Number(byId("override-change").value) * page.scale.by;
    return { from: from / 1000, until: until / 1000, factor, change };
  }

  /** What it would do to the peak of its time. */
  function preview() {
    const wish = read();
    const { said } = page;
    const does = said && wish.until > wish.from && Number.isFinite(wish.factor) && Number.isFinite(wish.change) && (wish.factor !== 1 || wish.change !== 0);
    page.draft = does ? wish : null;
    if (touched || page.drawn) redraw();
    page.drawn = Boolean(does);
    setText(byId("override-effect"), does ? effect(wish, said) : "");
  }

  function effect({ from, until, factor, change }, said) {
    const inside = said.t.flatMap((at, i) => (at >= from && at < until && said.quantiles["0.5"][i] !== null ? [said.quantiles["0.5"][i]] : []));
    if (!inside.length) return "No quarter hour of this forecast lies in this time.";
    const was = Math.max(...inside), is = Math.max(...inside.map((v) => v * factor + change));
    const energy = inside.reduce((sum, v) => sum + v * factor + change - v, 0) * (STEP_S / 3600) / page.scale.by;
    return `Peak of this time ${power(was, page.scale)} → ${power(is, page.scale)}; ${energy >= 0 ? "+" : "\u2212"}${number(Math.abs(energy), page.scale.unit, 2)} ${page.scale.unit}h over ${inside.length} quarter hours.`;
  }

  async function save(event) {
    event.preventDefault();
    const wish = read();
    if (!Number.isFinite(wish.from) || !Number.isFinite(wish.until)) return setText(byId("override-refusal"), "write both times as YYYY-MM-DD hh:mm.");
    const body = { starts_at: new Date(wish.from * 1000).toISOString(), ends_at: new Date(wish.until * 1000).toISOString(), factor: wish.factor, change_kw: wish.change, reason: byId("override-reason").value };
    const { status, body: told } = await exchange(api(`forecasts/series/${about.id}/overrides`), "POST", body);
    if (status !== 201) return setText(byId("override-refusal"), reason(told, status));
    page.draft = null;
    say("The forecast is overridden.");
    begin();
    return reload();
  }

  async function withdraw(id) {
    try {
      await post(api(`forecasts/overrides/${id}/withdrawal`), {});
      say("The model's own forecast holds again.");
    } catch (error) {
      say(error.message);
    }
    reload();
  }

  const words = (one) => [one.factor === 1 ? "" : `times ${percent(one.factor)}`, one.change_kw ? `${one.change_kw > 0 ? "+" : "\u2212"}${power(Math.abs(one.change_kw), page.scale)}` : ""].filter(Boolean).join(", ");

  function row(one) {
    const what = words(one);
    const holds = !one.withdrawn_at && Date.parse(one.ends_at) > live.now();
    const gone = one.withdrawn_at ? `withdrawn ${when(one.withdrawn_at)} by ${one.withdrawn_by}` : "";
    return h("li", { class: holds ? null : "gone" }, h("b", {}, what), h("span", {}, `${when(one.starts_at)} to ${when(one.ends_at)}`), h("span", {}, `‘${one.reason}’`),
      h("span", { class: "small" }, [`${one.made_by}, ${when(one.made_at)}`, gone].filter(Boolean).join("; ")),
      h("span", { class: "small" }, score(one.score)),
      holds && about.mayOverride ? h("button", { type: "button", onclick: () => withdraw(one.id) }, "Withdraw") : null);
  }

  function score(told) {
    if (!told) return "not scored yet";
    const word = told.mae_kw < told.mae_model_kw ? "better than the model" : "worse than the model";
    return `error ${power(told.mae_kw, page.scale)}, the model's own ${power(told.mae_model_kw, page.scale)}: ${word}, ${told.steps} quarter hours`;
  }

  async function refresh() {
    const [found, near] = await Promise.all([get(api(`forecasts/series/${about.id}/overrides`)), get(api(`forecasts/series/${about.id}/overrides/near`))]);
    byId("override-near").hidden = !near.length;
    byId("override-near").querySelector("ul").replaceChildren(...near.map((one) => h("li", {}, h("span", {}, h("b", {}, one.series_name), ` ${words(one)}`), h("span", { class: "wide" }, `${when(one.starts_at)} to ${when(one.ends_at)}, ‘${one.reason}’`))));
    byId("override-list").replaceChildren(...(found.length ? found.map(row) : [h("li", { class: "small muted" }, "0 overrides. The model's own forecast holds.")]));
    if (form && !touched && !byId("override-from").value) begin();
  }

  if (form) {
    form.addEventListener("input", () => { touched = true; setText(byId("override-refusal"), ""); preview(); });
    form.addEventListener("submit", save);
    byId("override-clear").addEventListener("click", () => { touched = true; begin(); redraw(); });
  }
  return { refresh };
}
