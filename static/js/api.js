import { config } from "./config.js";
import { pastAnswer } from "./past_answers.js";

export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** What was said of a field, or of the fields in it: "name: text". Of several things the number says which. */
function said(name, value) {
  if (Array.isArray(value)) return value.flatMap((one, at) => said(one !== null && typeof one === "object" ? `${name} ${at + 1}`.trim() : name, one));
  if (value !== null && typeof value === "object") return Object.entries(value).flatMap(([inner, one]) => said([name, UNNAMED.has(inner) ? "" : inner.replaceAll("_", " ")].filter(Boolean).join(", "), one));
  return value === null || value === "" ? [] : [name ? `${name}: ${value}` : String(value)];
}
const UNNAMED = new Set(["non_field_errors", "detail"]);

/** Why the server refused: its sentence, or what it says of each field. */
export const reason = (body, status) => said("", body?.detail ?? body ?? {}).join(" ") || `The server answered ${status}.`;

async function answer(response) {
  if (response.ok) return response.status === 204 ? null : response.json();
  const body = await response.json().catch(() => ({}));
  throw new ApiError(reason(body, response.status), response.status);
}

async function request(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", signal: AbortSignal.timeout(15000), ...options });
  } catch {
    throw new ApiError("The server cannot be reached.", 0);
  }
  return answer(response);
}

const ask = (url) => request(url, { headers: { Accept: "application/json" } });
export const get = (url) => (config?.past ? pastAnswer(url, ask) : ask(url));
const NO_ACTS = "This page shows the past: nothing can be done in it. Go back to live first.";

const token = () => /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1]
  ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

/** Of the past there is only reading. */
const refuseInPast = () => { if (config?.past) throw new ApiError(NO_ACTS, 0); };

export async function send(url, body, method) {
  refuseInPast();
  return request(url, {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(body),
  });
}
export const post = (url, body) => send(url, body, "POST");

/** A call whose refusal has more to say than one sentence: status and body, whatever they are. */
export async function exchange(url, method, body, type = "application/json") {
  const headers = { Accept: "application/json", "Content-Type": type, "X-CSRFToken": token() };
  if (config?.past) return { status: 0, body: { detail: NO_ACTS } };
  try {
    const response = await fetch(url, { method, credentials: "same-origin", headers, body: type === "application/json" ? JSON.stringify(body) : body });
    return { status: response.status, body: await response.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: { detail: "The server cannot be reached." } };
  }
}

export const postForm = (url, fields) => fetch(url, {
  method: "POST",
  credentials: "same-origin",
  headers: { "X-CSRFToken": token() },
  body: new URLSearchParams(fields),
});

export const api = (path) => `${config.urls.api}${path}`;
