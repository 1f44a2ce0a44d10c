import { config } from "./config.js";
import { byId, setText } from "./dom.js";
import { age, time } from "./format.js";
import { live } from "./live.js";

const BEAT_LIMIT_S = 9.5;
const GRID_LIMIT_S = Math.max(9.5, 2 * config.scanPeriodS + 2);
const GRACE_S = 5;  // a page that has only just opened is not a fault
let since = null;

/** What is wrong, and since when: null if every value on the page may be trusted. */
function trouble() {
  const opened = performance.now() / 1000;
  const waiting = opened < GRACE_S;
  if (live.lastBeat === null) return { since: live.now() - opened * 1000, reason: "no connection to the server", waiting };
  const silent = performance.now() - live.lastBeat;
  const reason = live.connected ? "the server has gone silent" : "no connection to the server, trying again";
  if (silent > BEAT_LIMIT_S * 1000) return { since: live.now() - silent, reason };
  if (live.gridAt === null) return { since: live.now() - opened * 1000, reason: "the grid has not been solved yet", waiting };
  const stale = live.now() - live.gridAt > GRID_LIMIT_S * 1000;
  return stale ? { since: live.gridAt, reason: "the estimator gives no new solution" } : null;
}

function show() {
  const fault = trouble();
  const dead = fault !== null;
  document.documentElement.dataset.live = dead ? "no" : "yes";
  const word = byId("live-word");
  const blind = !dead && live.unsolved !== null;
  setText(word, dead ? "NOT LIVE" : blind ? "STATE UNKNOWN" : "LIVE");
  word.title = blind ? live.unsolved : "";
  word.classList.toggle("alarm-lost", (dead && !fault.waiting) || blind);
  setText(byId("live-age"), live.gridAt === null ? "–" : age((live.now() - live.gridAt) / 1000));
  const banner = byId("not-live");
  banner.removeAttribute("data-boot");
  banner.hidden = !dead || Boolean(fault.waiting);
  if (!dead) since = null;
  else if (!banner.hidden) setText(banner, `DATA NOT LIVE since ${time(since ??= fault.since)}: ${fault.reason}`);
}

export function startLiveness() {
  show();
  setInterval(show, 500);
  live.addEventListener("beat", show);
  live.addEventListener("grid", show);
}
