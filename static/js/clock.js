import { byId, setText } from "./dom.js";
import { day, time, zoneName, zoneOffset } from "./format.js";
import { live } from "./live.js";

export function startClock() {
  const tick = () => {
    const now = live.wall();
    setText(byId("clock"), time(now));
    setText(byId("clock-date"), `${day(now)} ${zoneName(now)} (${zoneOffset(now)})`);
    setTimeout(tick, 1000 - (now % 1000) + 5);
  };
  tick();
}
