import { api, get } from "./api.js";
import { elementUrl } from "./config.js";
import { byId, h } from "./dom.js";
import { bind } from "./keyboard.js";
import { classWord, placeOf } from "./names.js";

const WAIT_MS = 120;
const MOST = 20;
let found = [];
let at = -1;
let asked = 0;
let timer = null;
let pending = false;  // what is shown was found for other words than stand there now
let wanted = false;   // Enter was pressed meanwhile: the answer is opened

const input = () => byId("search");
const list = () => byId("search-results");

function close() {
  asked += 1;
  pending = wanted = false;
  clearTimeout(timer);
  list().hidden = true;
  input().setAttribute("aria-expanded", "false");
  input().removeAttribute("aria-activedescendant");
}

function mark(index) {
  at = index;
  [...list().children].forEach((option, i) => {
    option.setAttribute("aria-selected", String(i === at));
    if (i === at) option.scrollIntoView({ block: "nearest" });
  });
  if (at >= 0) input().setAttribute("aria-activedescendant", `found-${at}`);
}

const option = (item, index) => h("div", {
  role: "option", id: `found-${index}`, "aria-selected": "false",
  onpointerdown: (event) => { event.preventDefault(); go(item); },
}, h("b", {}, item.name), h("span", { class: "muted" }, classWord(item.class)), h("span", { class: "small" }, placeOf(item.path, item.name)));

const note = (text) => h("div", { class: "empty" }, text);

function show(children) {
  list().replaceChildren(...children);
  list().hidden = false;
  input().setAttribute("aria-expanded", "true");
}

async function ask() {
  const text = input().value.trim();
  const ticket = ++asked;
  if (!text) return close();
  try {
    const items = await get(api(`network/search?q=${encodeURIComponent(text)}`));
    if (ticket !== asked) return null;
    found = items.slice(0, MOST);
    pending = false;
    if (wanted && found.length) return go(found[0]);
    wanted = false;
    show(found.length ? found.map(option) : [note(`Nothing is called ‘${text}’.`)]);
    mark(found.length ? 0 : -1);
  } catch (error) {
    if (ticket !== asked) return null;
    found = [];
    pending = wanted = false;
    show([note(error.message)]);
  }
  return null;
}

function go(item) {
  close();
  location.assign(elementUrl(item.mrid));
}

function onKey(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (pending && event.key === "Enter") wanted = true;
  else if (step && found.length) {
    event.preventDefault();
    mark((at + step + found.length) % found.length);
  } else if (event.key === "Enter" && found[at] && !list().hidden) go(found[at]);
  else if (event.key === "Escape") { close(); input().blur(); }
}

export function startSearch() {
  input().addEventListener("input", () => {
    clearTimeout(timer);
    [pending, wanted] = [Boolean(input().value.trim()), false];
    timer = setTimeout(ask, WAIT_MS);
  });
  input().addEventListener("keydown", onKey);
  input().addEventListener("blur", close);
  input().addEventListener("focus", () => input().value && ask());
  bind("/", () => { input().focus(); input().select(); });
}
