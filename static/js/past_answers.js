/** What a page asks of the present, asked of the past instead: so that no display has to know of the time machine. */
import { config } from "./config.js";
import { pastAt } from "./past_url.js";

const own = new Map();
/** A question that is answered here, from what has been fetched already. */
export const answerHere = (pattern, answer) => own.set(pattern, answer);

const iso = () => new Date(pastAt()).toISOString();
const join = (path, query, extra) => `${path}?${new URLSearchParams([...new URLSearchParams(query), ...Object.entries(extra)])}`;
const RULES = [
  [/^alarms$/, (path, query) => join("alarms/past", query, { instant: iso() })],
  [/^alarms\/groups$/, (path, query) => join("alarms/past/groups", query, { instant: iso() })],
  [/^state\/latest$/, (path, query) => join("state/at", query, { instant: iso() })],
  [/^state\/(elements\/.*|security|look-ahead)$/, (path, query) => join(path, query, { at: iso() })],
  [/^forecasts\/(series(\/.*)?|skill|models|trainings|points)$/, (path, query) => join(path, query, { at: iso() })],
  [/^markets\/(zones|prices|tariffs|price-forecasts|price-forecasts\/skill|portfolios(\/.*)?|bids\/\d+)$/, (path, query) => join(path, query, { as_of: iso() })],
  [/^storage\/(plants\/[^/]+\/(lifespan|earned)|cases)$/, (path, query) => join(path, query, { at: iso() })],
  [/^renewables\/(portfolios\/\d+\/(band|plants|integration)|reserve|avoidance|firming)$/, (path, query) => join(path, query, { at: iso() })],
  [/^renewables\/stability$/, (path, query) => join(path, query, { at: iso() })],
  [/^demand\/(evaluations|calls\/\d+\/evaluation)$/, (path, query) => join(path, query, { at: iso() })],
  [/^courses(\/\d+\/progress)?$/, (path, query) => join(path, query, { at: iso() })],
  [/^demand\/(opportunities|strategies|calls(\/\d+)?)$/, (path, query) => join(path, query, { at: iso() })],
  [/^resilience\/risk(\/.*)?$/, (path, query) => join(path, query, { at: iso() })],
  [/^tags$/, (path, query) => join(path, query, { at: iso() })],
  [/^network(?!\/models)(\/.*)?$/, (path, query) => (config.past.modelVersion === null ? null : join(path, query, { version: config.past.modelVersion }))],
];

function split(url) {
  const [path, query = ""] = url.slice(config.urls.api.length).split("?");
  return { path, query };
}

export const pastAddress = (url) => {
  if (!url.startsWith(config.urls.api)) return url;
  const { path, query } = split(url);
  const rule = RULES.find(([pattern]) => pattern.test(path));
  const address = rule?.[1](path, query);
  return address ? config.urls.api + address : url;
};

export async function pastAnswer(url, request) {
  const { path, query } = split(url);
  for (const [pattern, answer] of own) {
    if (pattern.test(`${path}?${query}`)) return answer(new URLSearchParams(query), () => request(pastAddress(url)));
  }
  return request(pastAddress(url));
}
