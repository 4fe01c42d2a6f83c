// The one thing that we use of Helpdesk's inside: its pages provide `refreshTicket`. Without it the page shows news later.

/** Have Helpdesk load the ticket and its conversation anew. */
export function reloadTicket(router) {
  try {
    const page = router?.currentRoute?.value?.matched?.at(-1)?.instances?.default;
    page?.$?.provides?.refreshTicket?.();
  } catch (error) {
    console.debug("Social Care: the ticket could not be reloaded from here.", error);
  }
}
