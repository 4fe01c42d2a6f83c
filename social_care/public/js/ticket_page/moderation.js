// What can be done to a message or its author: the site says what, and why not. Done at once, or after a question.
const version = new URL(import.meta.url).search;
const { h, __ } = await import(`./dom.js${version}`);
const { ask } = await import(`./ask.js${version}`);

/** Return the actions on a message, or on its author where `ofAuthor`; `load()` asks the site anew. */
export function makeModeration(context, message, { ofAuthor = false, changed = () => {} } = {}) {
  const actions = h("div", { class: "sc-actions" });
  const reasons = h("ul", { class: "sc-reasons" });
  const place = h("div");
  const element = h("div", { class: "sc-moderation", role: "group", "aria-label": ofAuthor ? __("The author") : __("This message"), onclick: (event) => event.stopPropagation() }, actions, reasons, place);

  async function load() {
    let offers;
    try {
      offers = (await context.callPlain("moderation.offers", { message })).filter((offer) => offer.of_author === ofAuthor);
    } catch (error) {
      return context.warn(error.message);
    }
    place.replaceChildren();
    actions.replaceChildren(...offers.map(button));
    const refused = offers.filter((offer) => offer.refusal);
    reasons.replaceChildren(...refused.map((offer) => h("li", { text: `${offer.label}: ${offer.refusal}` })));
    if (!offers.length) reasons.append(h("li", { text: ofAuthor ? __("Nothing can be done to the author from here.") : __("Nothing can be done to this message from here.") }));
  }

  function button(offer) {
    const made = h("button", { type: "button", class: "sc-button", text: offer.label, title: offer.refusal || offer.note || null, disabled: Boolean(offer.refusal), onclick: () => begin(offer, made) });
    return made;
  }

  function begin(offer, back) {
    if (!offer.asks_first) return act(offer, "", back).catch((error) => context.warn(error.message));
    const label = offer.needs_reason ? __("Why? Colleagues see this.") : __("Why? (may stay empty)");
    const fields = [{ name: "reason", label, kind: "text", required: offer.needs_reason }];
    const question = { title: `${offer.label}?`, notes: [offer.note], fields, yes: offer.label, danger: true, back };
    place.replaceChildren(ask(question, ({ reason }) => act(offer, reason, back)));
  }

  async function act(offer, reason, pressed) {
    pressed.disabled = true;
    let done;
    try {
      done = await context.callPlain("moderation.moderate", { message, action: offer.action, reason });
    } finally {
      pressed.disabled = false;
    }
    await load();
    if (done.state === "done") {
      context.say(__("Done: {0}", offer.label));
      changed();
    } else {
      context.warn(done.error);
      place.replaceChildren(h("p", { class: "sc-bad", text: done.error }));
    }
    context.refresh();
    context.reload();
  }

  return { element, load };
}
