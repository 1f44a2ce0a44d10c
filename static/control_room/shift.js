import { api, get, post } from "../js/api.js";
import { pageData } from "../js/config.js";
import { byId, h, say, setText } from "../js/dom.js";
import { instant, stamp, words } from "../js/format.js";
import { live } from "../js/live.js";
import { ask } from "./ask.js";
import { startHandOver } from "./hand_over.js";

const me = pageData("shift-data");
const REFRESH_MS = 5000;

const actWords = (code) => words(code.replaceAll(/[.-]/g, " "));

async function correct(entry) {
  const text = await ask({ title: "Correct your note: the first words stay readable beside it.", label: "What it should say", text: entry.text, yes: "Add the correction" });
  if (text) await send(`logbook/notes/${entry.id}/correction`, { text });
}

async function close(entry) {
  const text = await ask({ title: `Close the open note of ${entry.who}: it leaves the hand-over page.`, label: "How it ended", text: "", yes: "Close the note" });
  if (text) await send(`logbook/notes/${entry.id}/closing`, { text });
}

async function send(path, body) {
  let done = true;
  try {
    await post(api(path), body);
  } catch (error) {
    done = false;
    say(error.message);
  }
  await refresh();
  return done;
}

function acts(entry) {
  if (!me.mayKeepLog || entry.kind !== "note") return [];
  const own = entry.who === me.user && !entry.is_corrected;
  return [entry.is_open && h("button", { type: "button", class: "quiet", onclick: () => close(entry) }, "Close"),
    own && h("button", { type: "button", class: "quiet", onclick: () => correct(entry) }, "Correct")];
}

function what(entry) {
  if (entry.kind === "act") return [actWords(entry.text), h("span", { class: "muted" }, ` ${entry.detail.equipment ?? entry.target}`), entry.detail.finding && `: ${entry.detail.finding}`];
  const mark = entry.is_open ? "Open: " : entry.corrects ? "Correction: " : entry.closes ? "Closed: " : "";
  return [h("span", { class: "muted" }, mark), entry.text, entry.equipment_name && h("span", { class: "muted" }, ` (${entry.equipment_name})`)];
}

function row(entry) {
  return h("tr", { "data-kind": entry.kind, "data-corrected": entry.is_corrected }, h("td", {}, stamp(instant(entry.at)).slice(0, -4)), h("td", {}, entry.who),
    h("td", { class: "what" }, what(entry)), h("td", { class: "acts" }, acts(entry)));
}

let drawn = "";
let ticket = 0;
async function refresh() {
  const mine = ++ticket;
  const from = new Date(live.now() - Number(byId("log-hours").value) * 3600e3).toISOString();
  const query = new URLSearchParams({ from, text: byId("log-text").value });
  let entries;
  try {
    ({ entries } = await get(api(`logbook?${query}`)));
  } catch (error) {
    if (mine === ticket) setText(byId("log-count"), error.message);
    return;
  }
  if (mine !== ticket) return;
  const print = JSON.stringify(entries);
  setText(byId("log-count"), `${entries.length} ${entries.length === 1 ? "entry" : "entries"}`);
  if (print === drawn) return;
  drawn = print;
  byId("log").replaceChildren(...entries.map(row));
  byId("log-empty").hidden = entries.length > 0;
  setText(byId("log-empty"), `0 entries in this period, last check ${stamp(live.now()).slice(11, 19)}`);
}

byId("note-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = byId("note-text").value;
  const done = await send("logbook/notes", { text, is_open: byId("note-open").checked });
  if (done && byId("note-text").value === text) event.target.reset();  // words that were refused, or are new, stay
});
byId("log-hours").addEventListener("change", refresh);
byId("log-text").addEventListener("input", refresh);
setInterval(refresh, REFRESH_MS);
refresh();
startHandOver(me);
