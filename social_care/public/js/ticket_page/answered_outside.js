// Somebody answered on the platform itself: where, and what was said. Nothing is sent; the ticket counts as answered.
const version = new URL(import.meta.url).search;
const { h, __ } = await import(`./dom.js${version}`);
const { attemptName } = await import(`./server.js${version}`);

function make(context) {
  const title = h("summary", { text: __("Answered outside") });
  const why = h("p", { class: "sc-dim", text: __("If you have answered on the platform itself, record it here: the ticket then counts as answered. Nothing is sent.") });
  const place = h("p", { class: "sc-dim", hidden: true });
  const link = h("input", { type: "url", class: "sc-input", placeholder: "https://", "aria-label": __("Link to the answer") });
  const note = h("textarea", { class: "sc-input", rows: "2", placeholder: __("What was said"), "aria-label": __("What was said") });
  const afterwards = h("select", { class: "sc-input", "aria-label": __("Then the ticket") },
    h("option", { value: "open", text: __("stays as it is") }),
    h("option", { value: "waiting", text: __("waits for the customer") }),
    h("option", { value: "resolved", text: __("is resolved") }));
  const button = h("button", { type: "button", class: "sc-button", text: __("Record the answer"), onclick: record });
  const element = h("details", { class: "sc-outside", hidden: true }, title, why, place,
    h("label", { class: "sc-label" }, __("Link to the answer"), link),
    h("label", { class: "sc-label" }, __("What was said"), note),
    h("label", { class: "sc-label" }, __("Then the ticket"), afterwards),
    h("div", { class: "sc-actions" }, button));
  let attempt = attemptName();
  let target = null;
  let drawn = false;

  /** Open where nothing else can be done on the platform from here, folded elsewhere; what a person folds stays so. */
  function update(state) {
    element.hidden = !state.may_write;
    const ways = state.ways.filter((way) => way.name !== "email");
    if (!drawn) element.open = !ways.some((way) => way.possible);
    drawn = true;
    target = ways[0]?.target || null;
    place.hidden = !state.permalink;
    place.replaceChildren(...(state.permalink ? [h("a", { class: "sc-link", href: state.permalink, target: "_blank", rel: "noopener noreferrer", text: __("open the post") })] : []));
  }

  async function record() {
    button.disabled = true;
    try {
      await context.call("answered_outside.record", { attempt, target, link: link.value, note: note.value, afterwards: afterwards.value });
      attempt = attemptName();
      link.value = note.value = "";
      context.say(__("The answer is recorded."));
      await context.refresh();
      context.reload();
    } catch (error) {
      context.warn(error.message);
    }
    button.disabled = false;
  }

  return { element, update };
}

export default { id: "answered_outside", order: 25, place: "main", make };
