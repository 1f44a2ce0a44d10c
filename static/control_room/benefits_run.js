/** One run of an arm: what was played, its checks, figures and acts, and what repeats it. */
import { api, get } from "../js/api.js";
import { byId, h, setText } from "../js/dom.js";
import { day, instant, isKnown, minute, number } from "../js/format.js";
import { plain } from "./benefits_claim.js";

const id = byId("run").dataset.run, SHOWN = 1000, HOUR_S = 3600, MINUTES = 60;
const when = (text) => (text ? `${day(instant(text))} ${minute(instant(text))}` : "not yet");
const took = (seconds) => (isKnown(seconds) ? `${number(seconds, "s", 1)} s` : "not known");
const clock = (at) => `${Math.floor(at / HOUR_S)} h ${String(Math.floor((at % HOUR_S) / MINUTES)).padStart(2, "0")} min ${String(Math.floor(at % MINUTES)).padStart(2, "0")} s`;
const fill = (name, rows, columns, empty) => byId(name).replaceChildren(...(rows.length ? rows : [h("tr", {}, h("td", { colspan: columns, class: "empty" }, empty))]));

function facts(run) {
  const rows = [
    ["Study", h("a", { href: `/benefits/${run.study}/` }, `${run.study}: ${run.network}, ${run.days} d`)],
    ["Arm", `${run.arm} ${run.arm_label}${run.without ? `, without ${run.without_label}` : ""}`], ["What for", run.purpose_label],
    ["State", `${run.state_label}${run.text ? `: ${run.text}` : ""}`], ["Tape", `seed ${run.seed}, begins ${when(run.begin_at)}`], ["Hash of the tape", run.tape_hash || "not sealed yet"],
    ["Code", run.code_version || "not played yet"], ["Played", `${when(run.began_at)} to ${when(run.finished_at)}, try ${run.tries}, by ${run.worker || "nobody yet"}`],
    ["Took", `${took(run.wall_total_s)}: plant ${took(run.wall_plant_s)}, services ${took(run.wall_services_s)}, solvers ${took(run.wall_solvers_s)}`],
  ];
  if (run.repeats) rows.push(["Result taken from", h("a", { href: `/benefits/runs/${run.repeats}/` }, `run ${run.repeats}, same tape and code`)]);
  byId("facts").replaceChildren(...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

async function show() {
  try {
    const run = await get(api(`impact/runs/${id}`));
    setText(byId("words"), `${run.arm}${run.without ? ` without ${run.without_label}` : ""}, seed ${run.seed}: ${run.state_label.toLowerCase()}`);
    facts(run);
    setText(byId("commands"), run.commands.join("\n"));
    byId("record").hidden = run.state !== "done";
    byId("record").href = api(`impact/runs/${id}/record.npz`);
    fill("checks", run.checks.map((one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", { class: one.ok ? null : "worse" }, one.ok ? "yes" : "✕ no"), h("td", { class: "number" }, plain(one.value)), h("td", { class: "number" }, plain(one.bound)), h("td", {}, one.words))), 5, "Nothing has been checked yet.");
    byId("failed").hidden = !run.failures.length;
    fill("failures", run.failures.map((one) => h("tr", {}, h("th", { scope: "row" }, one.words), h("td", { class: "number" }, plain(one.times)))), 2, "Nothing.");
    fill("figures", Object.entries(run.figures).sort(([one], [other]) => one.localeCompare(other)).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "number" }, plain(value)))), 2, "There are no figures yet.");
    setText(byId("acts-words"), `${run.acts.length} acts${run.acts.length > SHOWN ? `, the first ${SHOWN} are shown` : ""}`);
    fill("acts", run.acts.slice(0, SHOWN).map((act) => h("tr", {}, h("td", { class: "number" }, clock(act.at_s)), h("td", {}, act.kind), h("td", {}, act.element), h("td", {}, String(act.value ?? "")), h("td", {}, act.desk ?? ""))), 5, run.state === "done" ? "This arm did nothing." : "Nothing was done yet.");
  } catch (error) {
    setText(byId("words"), error.message);
  }
}

show();
