// One ticket's panel: a bar that is always there, and below it the sections, opened with a click or Shift+R.
const version = new URL(import.meta.url).search;
const { h, __, broken, fill, timeLeft, moment } = await import(`./dom.js${version}`);
const { call } = await import(`./server.js${version}`);
const { keepOnPage } = await import(`./mount.js${version}`);
const { listen, reloadTicket } = await import(`./helpdesk.js${version}`);

const CHANGING = ["Queued", "Sending"];
const LOOK_AGAIN_MS = 4000;
const LOOK_WITHOUT_SOCKET_MS = 30_000;

/** Make the panel of a ticket. It shows nothing until the site says that a customer of a platform wrote there. */
export function makePanel(ticket, { router, toast, sections, social }) {
  const title = h("span");
  const opener = h("button", { type: "button", class: "sc-button sc-open", "aria-expanded": "false", onclick: () => toggle() }, title);
  const facts = h("div", { class: "sc-facts" });
  const strip = h("div", { class: "sc-strip" });
  const said = h("div", { class: "sc-said", role: "status", "aria-live": "polite" });
  const main = h("div", { class: "sc-main" });
  const side = h("div", { class: "sc-side" });
  const body = h("div", { class: "sc-body", hidden: true, id: `sc-body-${ticket}` }, main, side);
  const host = h("section", { class: "sc-panel", hidden: true }, h("div", { class: "sc-bar" }, opener, facts), strip, said, body);
  opener.setAttribute("aria-controls", body.id);

  /**
   * What sections work with. `strip` is seen when the panel is closed, too; `compose` is set by the composer,
   * `target` is the message that the agent chose to answer (null: the newest), `placed` is called whenever the page was drawn.
   */
  const context = {
    ticket,
    call: (method, values) => call(method, { ticket, ...values }),
    callPlain: call,
    refresh,
    reload: () => reloadTicket(router),
    say: (text) => (said.textContent = text),
    warn: (text) => {
      said.textContent = text;
      toast?.error?.(text);
    },
    toggle,
    strip,
    opener,
    compose: () => {},
    target: null,
    answer,
    placed: [],
  };
  const part = (place) => ({ place, note: broken(), element: null });
  const [bar, news] = [part(strip), part(strip)];
  const made = sections.map((section) => {
    const one = part(section.place === "side" ? side : main);
    alone(one, () => Object.assign(one, section.make(context)));
    if (one.element) one.place.append(one.element);
    return one;
  });
  const placed = context.placed.map((done) => ({ ...part(main), done }));

  /** Whatever fails, fails alone: one line stands in its place until it works again. */
  function alone(one, does) {
    try {
      Promise.resolve(does()).catch((error) => fails(one, error));
      one.note.remove();
      if (one.element) one.element.style.display = "";
    } catch (error) {
      fails(one, error);
    }
  }

  function fails(one, error) {
    if (one.note.isConnected) return;
    console.warn("Social Care: a part of the panel could not be shown.", error);
    if (one.element) one.element.style.display = "none";
    one.place.append(one.note);
  }

  let state = null;
  let known = "";
  let waiting = null;
  let asked = 0;

  async function refresh() {
    clearTimeout(waiting);
    const turn = ++asked;
    let fresh;
    try {
      fresh = await call("composer.get_state", { ticket, target: context.target });
    } catch (error) {
      if (social && !state) host.hidden = false;
      if (social && !state) fails(news, error);
      return; // no access, or no connection: what is shown stays
    }
    if (turn !== asked) return;
    state = fresh;
    context.target = state?.target || null;
    host.hidden = !state;
    if (!state) return;
    alone(bar, showBar);
    for (const one of made) alone(one, () => one.update?.(state));
    alone(news, lookAgain);
  }

  /** Have the conversation drawn anew where it changed, and look again while something is on its way. */
  function lookAgain() {
    const fates = JSON.stringify([state.messages, state.replies.map((reply) => reply.parts.map((part) => [part.state, part.error]))]);
    if (known && known !== fates) context.reload();
    known = fates;
    const changing = state.replies.some((reply) => reply.parts.some((part) => (CHANGING.includes(part.state) && !later(part)) || looked(part)));
    if (changing) waiting = setTimeout(refresh, LOOK_AGAIN_MS);
    else if (!live.connected()) waiting = setTimeout(refresh, LOOK_WITHOUT_SOCKET_MS);
  }

  /** Answer this message instead of the newest. */
  async function answer(message) {
    context.target = message;
    await refresh();
    toggle(true);
  }

  const later = (part) => part.retry_at && new Date(part.retry_at) > Date.now();
  const looked = (part) => part.state === "Unknown" && !part.asks;

  function showBar() {
    title.textContent = __("Answer on {0}", state.platform);
    host.setAttribute("aria-label", title.textContent);
    opener.title = __("{0} (Shift+R)", title.textContent);
    const open = state.ways.find((way) => way.until);
    const left = open && timeLeft(open.until);
    const failed = state.replies.filter((reply) => reply.parts.some((part) => part.state === "Failed" || part.asks)).length;
    const unsure = state.replies.some((reply) => reply.parts.some((part) => part.retry_at || looked(part)));
    const waiting = state.mails.some((mark) => mark.endsWith("Waiting")) || state.replies.some((reply) => reply.parts.some((part) => part.state === "Awaiting Approval"));
    fill(
      facts,
      h("strong", { class: "sc-who", text: state.who }),
      open && h("span", { class: left ? "sc-until" : "sc-until sc-bad", title: moment(open.until), text: left ? `⏳ ${left}` : __("⏳ The time to answer is over") }),
      waiting && h("span", { text: __("✋ A reply waits for approval (Shift+A)") }),
      unsure && h("span", { text: __("🕓 An answer is not confirmed yet") }),
      failed > 0 && h("span", { class: "sc-bad", text: `⚠ ${failed === 1 ? __("A reply needs you") : __("{0} replies need you", failed)}` })
    );
  }

  function toggle(open = body.hidden, { focus = true } = {}) {
    body.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (focus) (open ? body.querySelector("textarea") || body : opener)?.focus();
  }

  function keys(event) {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "R" && event.shiftKey && plain && !typing && !host.hidden && host.isConnected) {
      event.preventDefault();
      toggle(true);
    } else if (event.key === "Escape" && host.contains(event.target) && !event.target.closest(".sc-ask") && !body.hidden) {
      event.stopPropagation();
      toggle(false);
    }
  }
  document.addEventListener("keydown", keys, true);

  const onPage = () => location.pathname.split("/").includes(ticket);
  const leave = keepOnPage(host, onPage, () => placed.forEach((one) => alone(one, one.done)));
  const clock = setInterval(() => state && !host.hidden && alone(bar, showBar), 30_000);
  let soon = null;
  const live = listen(ticket, refreshSoon);

  function refreshSoon() {
    clearTimeout(soon);
    soon = setTimeout(refresh, 200);
  }

  return {
    ticket,
    refreshSoon,
    end() {
      asked += 1;
      for (const timer of [soon, waiting]) clearTimeout(timer);
      clearInterval(clock);
      document.removeEventListener("keydown", keys, true);
      for (const one of made) alone(one, () => one.end?.());
      live.end();
      leave();
    },
  };
}
