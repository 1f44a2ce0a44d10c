/** The skill report: against repeating the past and last month's model, by kind, lead, level and day; and the models. */
import { api, exchange, get, reason } from "../js/api.js";
import { config, pageData } from "../js/config.js";
import { byId, h, say, setText } from "../js/dom.js";
import { day, instant, minute, number } from "../js/format.js";
import { onNews } from "./forecast_data.js";
import { drawByDay, drawLeads, drawLevels } from "./forecast_skill_charts.js";
import { heldMark, heldSentence, percent, trainingSentence, when } from "./forecast_words.js";

const about = pageData("skill-data");
const DAYS = { 7: "7 days", 28: "28 days", 90: "90 days" };
const page = { days: 28, ticket: 0 };

async function refresh() {
  const ticket = ++page.ticket;
  const quantity = byId("skill-quantity").value;
  try {
    const report = await get(api(`forecasts/skill?${new URLSearchParams({ days: page.days, ...(quantity ? { quantity } : {}) })}`));
    if (ticket !== page.ticket) return;
    drawKinds(report);
    drawLevels(byId("levels"), report);
    drawLeads(byId("leads"), report);
    drawByDay(byId("by-day"), byId("by-day-key"), report);
    await drawModels();
  } catch (error) {
    if (ticket === page.ticket) setText(byId("skill-verdict"), error.message);
  }
}

/** A person is scored on the days with an override alone: no winner of all days. */
const leastError = ({ issuers }) => Math.min(...issuers.filter(({ issuer }) => issuer !== "person").map(({ figures }) => figures?.nmae ?? Infinity));

/** By both measures: the bands may beat a repetition whose one line is nearer, and the table shows lines. */
function verdict(kinds) {
  const ofModel = ({ issuers }) => issuers.find(({ issuer }) => issuer === "model")?.figures;
  const scored = kinds.map(ofModel).filter(Boolean);
  if (!scored.length) return "Nothing has been scored yet.";
  const better = scored.filter(({ pinball_ratio: ratio }) => ratio !== null && ratio < 1).length;
  const held = scored.filter(({ coverage_80: band }) => band?.verdict === "kept").length;
  const nearest = kinds.filter((kind) => ofModel(kind) && ofModel(kind).nmae === leastError(kind)).length;
  return `${better} of ${scored.length} kinds better than every repetition of the past by pinball loss, ${nearest} by mean error; the 80 % band holds on ${held}.`;
}

function drawKinds({ kinds }) {
  setText(byId("skill-verdict"), verdict(kinds));
  byId("kinds-empty").hidden = kinds.some(({ days }) => days);
  const issuers = kinds[0]?.issuers.filter(({ issuer }) => kinds.some((kind) => kind.issuers.find((one) => one.issuer === issuer)?.figures)) ?? [];
  const head = ["Series", ...issuers.map(({ label }) => label), "80 % band held", "90 % band held", "Days"];
  byId("kinds-head").replaceChildren(...head.map((word, i) => h("th", { scope: "col", class: i ? "number" : null }, word)));
  byId("kinds").replaceChildren(...kinds.filter(({ days }) => days).map((kind) => kindRow(kind, issuers.map(({ issuer }) => issuer))));
}

function kindRow(kind, issuers) {
  const of = (issuer) => kind.issuers.find((one) => one.issuer === issuer);
  const model = of("model").figures;
  const least = leastError(kind);
  const cell = (issuer) => {
    const { figures, mae_ratio: ratio } = of(issuer);
    if (!figures) return h("td", { class: "number muted" }, "–");
    const value = percent(figures.nmae, 1);
    const against = issuer === "model" || ratio === null ? null : h("span", { class: "against" }, `${number(ratio, "", 2)} × ours`);
    return h("td", { class: "number", title: `pinball ${number(figures.pinball_kw, "kW", 1)} kW, ${figures.days} days` }, figures.nmae === least ? h("b", {}, value) : value, against);
  };
  const band = (held) => h("td", { class: "number", title: heldSentence(held) }, held ? `${heldMark(held)} ${percent(held.share)}` : "–", held ? h("span", { class: "against" }, held.verdict_label.toLowerCase()) : null);
  return h("tr", {}, h("th", { scope: "row" }, kind.label, h("span", { class: "against small muted" }, kind.series > 1 ? ` ${kind.series} series` : "")),
    ...issuers.map(cell), band(model?.coverage_80), band(model?.coverage_90), h("td", { class: "number" }, String(kind.days)));
}

const date = (at) => day(instant(at));
const OTHERS = { before: "model before", last_week: "last week", last_day: "last day", four_weeks: "four weeks" };

/** Losses are parts of the series' sizes. */
function scoreWords(scores) {
  if (!Number.isFinite(scores.pinball)) return null;
  const others = Object.entries(OTHERS).filter(([name]) => Number.isFinite(scores[name])).map(([name, word]) => `${word} ${percent(scores[name], 2)}`);
  const more = [others.length ? `against ${others.join(", ")}` : "", Number.isFinite(scores.coverage_80) ? `80 % band held ${percent(scores.coverage_80)}` : "", scores.days ? `${scores.days} days` : ""];
  return [h("b", {}, `loss ${percent(scores.pinball, 2)}`), ...more.filter(Boolean).map((word) => h("span", { class: "against" }, word))];
}

async function drawModels() {
  const [models, trainings] = await Promise.all([get(api("forecasts/models")), get(api("forecasts/trainings"))]);
  setText(byId("training-state"), trainingSentence(trainings[0] ?? null));
  byId("models-empty").hidden = models.length > 0;
  byId("models").replaceChildren(...models.map((model) => h("tr", { "data-status": model.status },
    h("th", { scope: "row" }, `Model ${model.number}`), h("td", {}, model.status_label), h("td", {}, `${date(model.trained_at)} ${minute(instant(model.trained_at))}`),
    h("td", {}, `${date(model.data_from)} to ${date(model.data_until)}`), h("td", { class: "number" }, number(model.series_count, "customers")), h("td", { class: "number" }, number(model.rows, "customers")),
    h("td", { title: `features: ${model.features.join(", ")}` }, scoreWords(model.scores) ?? "–"),
    h("td", { class: "why" }, model.reason, h("span", { class: "against" }, model.decided_at ? `${model.decided_by || "by the rule"}, ${when(model.decided_at)}` : "")),
    h("td", {}, about.mayManage && model.status !== "active" ? h("button", { type: "button", onclick: () => ask(model, models.find(({ status }) => status === "active")) }, "Put in use") : ""))));
}

function ask(model, active) {
  const dialog = byId("confirm");
  setText(byId("confirm-title"), `Put model ${model.number} in use?`);
  setText(byId("confirm-text"), `From the next issue on it makes all forecasts${active ? ` in the place of model ${active.number}, which you can put back the same way` : ""}.`);
  byId("confirm-reason").value = "";
  dialog.returnValue = "cancel";
  dialog.onclose = () => dialog.returnValue === "do" && putInUse(model);
  dialog.showModal();
}

async function putInUse(model) {
  const { status, body } = await exchange(api(`forecasts/models/${model.id}/in-use`), "POST", { reason: byId("confirm-reason").value });
  say(status === 201 ? `Model ${model.number} is in use.` : reason(body, status));
  await drawModels();
}

const drawDays = () => byId("skill-days").replaceChildren(...Object.entries(DAYS).map(([days, word]) => h("button", { type: "button", "aria-pressed": String(Number(days) === page.days), onclick: () => { page.days = Number(days); drawDays(); refresh(); } }, word)));
drawDays();
byId("skill-quantity").addEventListener("change", refresh);
onNews(refresh, 10_000);
if (!config.past) onNews(drawModels, 2000);
if (!config.past) refresh();
