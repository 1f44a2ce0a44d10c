import { byId } from "../js/dom.js";

const EVERY_MS = 60_000;

/** The server computes; the page only asks again, and keeps what it has when nobody answers. */
async function refresh() {
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(15_000) });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("figures");
    if (answer.ok && fresh) byId("figures").replaceChildren(...fresh.childNodes);
  } catch { /* the time of computation stands on the page */ }
}

setInterval(refresh, EVERY_MS);
