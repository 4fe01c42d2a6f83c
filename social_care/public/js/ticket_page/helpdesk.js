// What we use of Helpdesk's inside. Without any of it the panel still works, and shows news later.

/** Have Helpdesk load the ticket and its conversation anew: its pages provide `refreshTicket`. */
export function reloadTicket(router) {
  try {
    const page = router?.currentRoute?.value?.matched?.at(-1)?.instances?.default;
    page?.$?.provides?.refreshTicket?.();
  } catch (error) {
    console.debug("Social Care: the ticket could not be reloaded from here.", error);
  }
}

const UPDATE = "helpdesk:ticket-update";

/** Call `news` whenever the site says that a ticket changed. `connected()` tells whether it could; `end()` stops it. */
export function listen(ticket, news) {
  const socket = document.querySelector("#app")?.__vue_app__?.config?.globalProperties?.$socket;
  const hear = (data) => String(data?.ticket_id) === ticket && news();
  socket?.on?.(UPDATE, hear);
  return {
    // Helpdesk's page for phones joins no room of the ticket, and its other page takes all listeners away when it is left
    connected: () => Boolean(socket?.connected && socket.listeners?.(UPDATE).some((one) => one === hear) && !narrow()),
    end: () => socket?.off?.(UPDATE, hear),
  };
}

const narrow = () => window.innerWidth < 640;
