/** Benefits: each claim beside what was measured, its guards and the runs behind it; the live meter; a study started. */
import { api, exchange, get, post } from "../js/api.js";
import { config } from "../js/config.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, isKnown, minute, number } from "../js/format.js";
import { live } from "../js/live.js";
import { claimRow, plain } from "./benefits_claim.js";
import { drawMeter } from "./benefits_meter.js";

const SLOW_MS = 60_000, SOON_MS = 700, SHOWN = 400;
const page = { chosen: byId("benefits").dataset.study, study: null, timer: 0 };
const runUrl = (id) => `/benefits/runs/${id}/`;
const runLink = (id, words) => h("a", { href: runUrl(id) }, words);
const share = (value) => (isKnown(value) ? `${number(100 * value, "%", 0)} %` : "not known");

function drawChoice(studies) {
  byId("which").replaceChildren(...studies.map((one) => h("option", { value: one.id }, `${one.id}: ${one.network}, ${one.seeds} × ${one.days} d, ${one.state_label.toLowerCase()}`)));
  if (page.study) byId("which").value = String(page.study.id);
  for (const one of [byId("which"), ...byId("which").labels]) one.hidden = !studies.length;
}

function sentence(study) {
  const at = study.finished_at ? ` ${day(instant(study.finished_at))} ${minute(instant(study.finished_at))}` : "";
  if (study.is_unfinished) return `${study.state_label}: ${share(study.progress)}, ${study.runs_done} of ${study.runs} runs done${study.runs_failed ? `, ${study.runs_failed} failed` : ""}`;
  return `${study.state_label}${at}. ${study.is_sound === false ? "Not valid: nothing may be claimed from it." : study.is_sound ? "Valid: every check holds." : study.text}`;
}

function drawClaims(study) {
  const judged = study?.judgement;
  byId("none").hidden = Boolean(study);
  if (!judged) { byId("claims").replaceChildren(...(study ? [h("p", { class: "empty" }, study.is_unfinished ? "Judged when every run is done." : study.text || "It was not judged.")] : [])); return; }
  const measured = study.run_rows.filter((run) => run.purpose === "measured");
  const urls = new Map(measured.filter((run) => !run.without).map((run) => [`${run.seed} ${run.arm}`, runUrl(run.id)]));
  const desks = new Map(measured.map((run) => [run.without, run.without_label]));
  const told = { judgement: judged, urls, desk: (name) => desks.get(name) ?? name, behind };
  byId("claims").replaceChildren(...judged.claims.map((claim) => claimRow(claim, told)));
}

function drawChecks(study) {
  const checks = Object.entries(study?.judgement?.checks ?? {}), notes = study?.judgement?.notes ?? [];
  const items = checks.map(([, check]) => h("li", { class: check.ok ? null : "worse" }, `${check.ok ? "holds" : "✕ fails"}: ${check.words}`));
  byId("checks").replaceChildren(...items, ...notes.map((note) => h("li", {}, note)), ...(checks.length ? [] : [h("li", { class: "muted" }, "Nothing has been checked yet.")]));
}

const ARMS = ["A0", "A1", "A2", "A3"];
function drawMeans(study) {
  const rows = (study?.figures ?? []).map((one) => h("tr", {}, h("th", { scope: "row" }, h("button", { type: "button", class: "figure", onclick: () => behind(one.figure, one.words) }, one.words)), ...ARMS.map((arm) => h("td", { class: "number" }, isKnown(one.by_arm[arm]) ? plain(one.by_arm[arm]) : "–"))));
  byId("means").replaceChildren(...(rows.length ? rows : [h("tr", {}, h("td", { colspan: 5, class: "empty" }, "Nothing has been measured yet."))]));
}

const runRow = (run) => h("tr", {}, h("th", { scope: "row" }, runLink(run.id, `${run.id}, seed ${run.seed}`)), h("td", {}, `${run.arm}${run.without ? ` without ${run.without_label}` : ""}`), h("td", {}, run.purpose_label),
  h("td", {}, run.state === "running" ? `${run.state_label} ${share(run.progress)}` : run.state_label), h("td", {}, run.checks_failed.length ? `✕ ${run.checks_failed.join(", ")}` : run.state === "done" ? "hold" : ""),
  h("td", { class: "number" }, number(run.wall_total_s, "s", 1)), h("td", {}, run.worker), h("td", {}, [run.text, run.failures_inside ? `✕ ${run.failures_inside} failures inside the arm` : ""].filter(Boolean).join(" ")));

function drawRuns(study) {
  const rows = study?.run_rows ?? [];
  setText(byId("runs-words"), study ? `${study.runs_done} of ${study.runs} done${rows.length > SHOWN ? `; the first ${SHOWN} are shown` : ""}` : "");
  const walls = (study?.walls ?? []).map((one) => `${one.arm} ${number(one.wall_s_per_week, "s", 0)} s a simulated week (plant ${share(one.plant_share)}, services ${share(one.services_share)}, solvers ${share(one.solvers_share)})`);
  setText(byId("told"), study ? `Code ${study.code_version}. ${walls.join("; ")}. Repeated by: ${study.command}` : "");
  byId("runs").replaceChildren(...(rows.length ? rows.slice(0, SHOWN).map(runRow) : [h("tr", {}, h("td", { colspan: 8, class: "empty" }, "There are no runs."))]));
  if (byId("call-off")) byId("call-off").hidden = !study?.is_unfinished;
  const done = study?.state === "done";
  byId("reports").replaceChildren(...(done ? ["pdf", "csv"].map((kind) => h("a", { href: api(`impact/studies/${study.id}/report.${kind}`) }, `Report, ${kind.toUpperCase()}`)) : []));
}

/** The runs from which a figure follows: a row a tape, a column an arm, each value with its run. */
async function behind(figure, title) {
  const { rows } = await get(api(`impact/studies/${page.study.id}/figures/${figure}`));
  const columns = [...new Map(rows.map((row) => [`${row.arm} ${row.without}`, row.without ? `${row.arm} without ${row.without_label}` : row.arm]))].sort();
  const seeds = [...new Set(rows.map((row) => row.seed))], found = new Map(rows.map((row) => [`${row.seed} ${row.arm} ${row.without}`, row]));
  setText(byId("behind-title"), `${title} (${figure}), run by run`);
  byId("behind-head").replaceChildren(h("tr", {}, h("th", { scope: "col" }, "Seed"), ...columns.map(([, label]) => h("th", { scope: "col", class: "number" }, label))));
  byId("behind-rows").replaceChildren(...seeds.map((seed) => h("tr", {}, h("th", { scope: "row" }, seed), ...columns.map(([key]) => {
    const row = found.get(`${seed} ${key}`);
    return h("td", { class: "number" }, row ? runLink(row.run, plain(row.value)) : "–");
  }))));
  byId("behind").showModal();
}

async function refresh() {
  clearTimeout(page.timer);
  try {
    const { studies } = await get(api("impact/studies"));
    const id = page.chosen || (studies.find((one) => one.state === "done") ?? studies[0])?.id;
    page.study = id ? await get(api(`impact/studies/${id}`)) : null;
    drawChoice(studies);
    setText(byId("words"), page.study ? sentence(page.study) : "Nothing has been measured yet.");
    drawClaims(page.study);
    drawChecks(page.study);
    drawMeans(page.study);
    drawRuns(page.study);
  } catch (error) {
    setText(byId("words"), error.message);
  }
  drawMeter(byId("meter"), await exchange(api("impact/meter"), "GET"));
  if (!config?.past) page.timer = setTimeout(refresh, SLOW_MS);
}

async function ask(event) {
  event.preventDefault();
  const fields = new FormData(event.target);
  setText(byId("refusal"), "");
  try {
    const study = await post(api("impact/studies"), { network: fields.get("network"), seeds: Number(fields.get("seeds")), days: Number(fields.get("days")), arms: fields.getAll("arms"), without: fields.getAll("without") });
    page.chosen = String(study.id);
  } catch (error) {
    setText(byId("refusal"), error.message);
  }
  refresh();
}

async function callOff() {
  try {
    await post(api(`impact/studies/${page.study.id}/cancellation`), {});
  } catch (error) {
    setText(byId("words"), error.message);
  }
  refresh();
}

byId("ask")?.addEventListener("submit", ask);
byId("call-off")?.addEventListener("click", callOff);
byId("behind-close").addEventListener("click", () => byId("behind").close());
byId("which").addEventListener("change", () => { page.chosen = byId("which").value; refresh(); });
live.addEventListener("hint", ({ detail }) => {
  if (detail.topic !== "impact" || document.hidden) return;
  clearTimeout(page.timer);
  page.timer = setTimeout(refresh, SOON_MS);
});
refresh();
