// Where the panel stands: inside Helpdesk's reply area, or fixed at the edge where that is not found.

const REPLY_AREA = ".comm-area";
const PATIENCE_MS = 5000;

/**
 * Keep `host` on the page while `wanted()`, wherever Helpdesk draws its reply area anew. `placed` is called after each look.
 * Returns what ends it.
 */
export function keepOnPage(host, wanted, placed) {
  let missingSince = null;
  let queued = false;

  function look() {
    queued = false;
    if (!wanted()) {
      host.remove();
      missingSince = null;
      return;
    }
    const area = document.querySelector(REPLY_AREA);
    if (area) {
      missingSince = null;
      if (host.parentElement !== area) area.prepend(host);
      host.classList.remove("sc-floating");
    } else {
      missingSince ??= Date.now();
      if (Date.now() - missingSince > PATIENCE_MS && host.parentElement !== document.body) {
        host.classList.add("sc-floating");
        document.body.append(host);
      }
    }
    placed();
  }

  const soon = () => {
    if (!queued) {
      queued = true;
      requestAnimationFrame(look);
    }
  };
  const observer = new MutationObserver(soon);
  observer.observe(document.body, { childList: true, subtree: true });
  const timer = setInterval(soon, 1000);
  look();
  return () => {
    observer.disconnect();
    clearInterval(timer);
    host.remove();
  };
}
