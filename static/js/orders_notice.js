/** On every page: an order awaits a second person, and this person may be it; or what came of one is not known. */
import { api, get } from "./api.js";
import { config } from "./config.js";
import { byId, h } from "./dom.js";
import { live } from "./live.js";

const EVERY_MS = 20_000;  // a hint that was lost could not stay lost

const words = ({ status, selected_by: by, act_label: act, device_name: name }) => (status === "unknown" ? `What came of an order is not known: ${act} ${name}. ` : `${by} awaits a second person: ${act} ${name}. `);

async function refresh() {
  const line = byId("orders-notice");
  try {
    const { orders } = await get(api("orders?status=awaiting&status=unknown"));
    const told = orders.filter(({ status, selected_by: by }) => status === "unknown" || by !== config.userName);
    line.hidden = !told.length;
    line.replaceChildren(...told.slice(0, 2).map((order) => h("span", {}, words(order))), ...(told.length > 2 ? [h("span", {}, `and ${told.length - 2} more. `)] : []), h("a", { class: "button", href: config.urls.orders }, "See and decide"));
  } catch {
    line.hidden = true;  // the page itself says that the server cannot be reached
  }
}

export function startOrdersNotice() {
  live.addEventListener("hello", refresh);
  live.addEventListener("hint", ({ detail }) => detail.topic === "orders" && refresh());
  setInterval(refresh, EVERY_MS);
}
