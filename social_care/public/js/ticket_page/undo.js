// The seconds in which an answer can be taken back. The site holds it that long; a closed page changes nothing about that.
const { h, __ } = await import(`./dom.js${new URL(import.meta.url).search}`);

const MARGIN_MS = 300;

/** Show how long a reply waits, with a button; `restore` puts the words back into the composer. */
export function offerUndo(context, { reply, undo_seconds }, restore) {
  const until = Date.now() + undo_seconds * 1000;
  const left = h("span");
  const button = h("button", { type: "button", class: "sc-button", text: __("Undo"), onclick: undo, onkeydown: onlyPlain });
  const row = h("div", { class: "sc-undo" }, left, button);
  const timer = setInterval(tick, 250);
  context.strip.append(row);
  context.say(__("The answer is sent in {0} seconds, unless you undo it.", undo_seconds));
  tick();
  button.focus();

  /** The Ctrl+Enter that sent may be pressed twice: it must not undo. */
  function onlyPlain(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.repeat)) event.preventDefault();
  }

  function tick() {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    left.textContent = seconds > 0 ? __("Sending in {0} s", seconds) : __("Sending…");
    if (Date.now() > until + MARGIN_MS) {
      leave();
      context.call("composer.release", { reply }).catch(() => {}).finally(context.refresh); // else the site sends it within a minute
    }
  }

  function leave() {
    clearInterval(timer);
    const focused = row.contains(document.activeElement);
    row.remove();
    if (focused) context.opener.focus();
  }

  async function undo() {
    leave();
    try {
      if (await context.call("composer.undo", { reply })) {
        context.say(__("Taken back. Nothing was sent."));
        restore();
      } else {
        context.warn(__("Too late: it was being sent already."));
      }
    } catch (error) {
      context.warn(error.message);
    }
    context.refresh();
    context.reload();
  }
}
