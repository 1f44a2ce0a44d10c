/** On every page: an order awaits a second person, and this person may be it. */
import { api, get } from "./api.js";
import { config } from "./config.js";
import { byId, h } from "./dom.js";
import { live } from "./live.js";

const EVERY_MS = 20_000;  // a hint that was lost could not stay lost

async function refresh() {
  const line = byId("orders-notice");
  try {
    const { orders } = await get(api("orders?status=awaiting"));
    const others = orders.filter(({ selected_by: by }) => by !== config.userName);
    line.hidden = !others.length;
    line.replaceChildren(...others.slice(0, 2).map((order) => h("span", {}, `${order.selected_by} awaits a second person: ${order.act_label} ${order.device_name}. `)), h("a", { class: "button", href: config.urls.orders }, "See and decide"));
  } catch {
    line.hidden = true;  // the page itself says that the server cannot be reached
  }
}

export function startOrdersNotice() {
  live.addEventListener("hello", refresh);
  live.addEventListener("hint", ({ detail }) => detail.topic === "orders" && refresh());
  setInterval(refresh, EVERY_MS);
}
