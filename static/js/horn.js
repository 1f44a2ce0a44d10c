import { alarms } from "./alarm_store.js";
import { byId, setText } from "./dom.js";

/** Tone per priority: repeats, pitch, and how often it sounds again until someone acts. */
const TONES = {
  1: { beeps: 4, hertz: 988, gap: 0.16, againS: 5 },
  2: { beeps: 2, hertz: 784, gap: 0.24, againS: 15 },
  3: { beeps: 1, hertz: 587, gap: 0.3, againS: 60 },
};
const KEY = "gridops-silenced";
let context = null;
let soundedAt = -Infinity;
let announced = new Set();

const keyOf = (alarm) => `${alarm.id}.${alarm.occurrence}`;
const silenced = () => new Set(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
const open = () => alarms.sorted().filter((alarm) => alarm.state === "unacknowledged");
/** The watch over the alarm processor sounds like an alarm of the first priority: without it there are no alarms. */
let watchFails = false;
export function soundWatch(fails) {
  if (fails !== watchFails) {
    watchFails = fails;
    WATCH.occurrence = Date.now();
    tick();
  }
}
const WATCH = { id: "watch", occurrence: 1, priority: 1 };
const sounding = () => { const quiet = silenced(); return [...open(), ...(watchFails ? [WATCH] : [])].filter((alarm) => !quiet.has(keyOf(alarm)) && TONES[alarm.priority]); };

/** Silence is for what sounds now; the next alarm sounds again. It is never an acknowledgement. */
export function silence() {
  localStorage.setItem(KEY, JSON.stringify([...open(), ...(watchFails ? [WATCH] : [])].map(keyOf)));
  tick();
}

function play(priority) {
  const tone = TONES[priority];
  for (let beep = 0; beep < tone.beeps; beep += 1) {
    const at = context.currentTime + beep * tone.gap;
    const oscillator = new OscillatorNode(context, { type: "triangle", frequency: tone.hertz });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.25, at + 0.01);
    gain.gain.setValueAtTime(0.25, at + tone.gap * 0.55);
    gain.gain.linearRampToValueAtTime(0, at + tone.gap * 0.7);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + tone.gap);
  }
}

const isSilenced = () => { const quiet = silenced(); return open().length > 0 && open().every((alarm) => quiet.has(keyOf(alarm))); };

function state(waiting) {
  if (context.state !== "running") return "sound off";
  if (waiting.length) return "horn sounding";
  return isSilenced() ? "horn silenced" : "horn ready";
}

function tick() {
  const waiting = sounding();
  const blocked = context.state !== "running";
  document.documentElement.toggleAttribute("data-silenced", isSilenced());
  byId("sound-off").hidden = !(blocked && waiting.length);
  setText(byId("horn-state"), state(waiting));
  if (!waiting.length || blocked) return;
  const worst = Math.min(...waiting.map((alarm) => alarm.priority));
  const fresh = waiting.some((alarm) => !announced.has(keyOf(alarm)));
  const now = performance.now() / 1000;
  if (!fresh && now - soundedAt < TONES[worst].againS) return;
  announced = new Set(waiting.map(keyOf));
  soundedAt = now;
  play(worst);
}

/** Only the most urgent is spoken by a screen reader, and once. */
function announce({ detail }) {
  const raised = detail.entries.map((entry) => entry.alarm).filter((alarm) => alarm.priority === 1 && alarm.state === "unacknowledged");
  if (raised.length) setText(byId("assertive"), raised.map((alarm) => `${alarm.equipment_name}: ${alarm.message}`).join(". "));
}

export function startHorn() {
  context = new AudioContext();
  const wake = () => context.state === "running" || context.resume().then(tick, () => {});
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, wake);
  byId("silence").addEventListener("click", silence);
  byId("sound-on").addEventListener("click", wake);
  alarms.addEventListener("change", (event) => { announce(event); tick(); });
  addEventListener("storage", (event) => event.key === KEY && tick());
  setInterval(tick, 1000);
  tick();
}
