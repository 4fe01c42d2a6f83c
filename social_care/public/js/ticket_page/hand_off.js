// Asking for contact details: a message with a one-time link, and what became of it.
const version = new URL(import.meta.url).search;
const { h, __, moment } = await import(`./dom.js${version}`);
const { attemptName } = await import(`./server.js${version}`);
const { makePreview } = await import(`./preview.js${version}`);
const { askFirst } = await import(`./confirm.js${version}`);
const { offerUndo } = await import(`./undo.js${version}`);

const NOT_OUT = ["Awaiting Approval", "Queued", "Sending", "Unknown"];
const NEVER_OUT = ["Failed", "Rejected", "Cancelled"];

function make(context) {
  const id = (name) => `sc-hand-off-${name}-${context.ticket}`;
  let state = null;
  let known = null; // texts and request
  let attempt = attemptName();

  const line = h("div", { class: "sc-dim" });
  const opener = h("button", { type: "button", class: "sc-button", "aria-expanded": "false", "aria-controls": id("form"), text: __("Ask for contact details"), onclick: () => open(form.hidden) });
  const withdraw = h("button", { type: "button", class: "sc-button sc-quiet", text: __("Withdraw the link"), onclick: () => act(() => context.call("hand_off.withdraw")) });
  const why = h("div", { class: "sc-dim" });
  const text = h("textarea", { id: id("text"), rows: 4, "aria-describedby": id("count"), oninput: draw });
  const send = h("button", { type: "button", class: "sc-button sc-primary", onclick: () => submit(false) });
  const preview = makePreview({ ...context, call: (_, { text, way, target }) => context.call("hand_off.preview", { text, way, target }) }, id("count"));
  const question = h("div");
  const inside = [why, h("label", { class: "sc-label", for: text.id, text: __("What the customer will read") }), text, preview.count, preview.element, question, h("div", { class: "sc-actions" }, send)];
  const form = h("form", { class: "sc-composer", id: id("form"), hidden: true, onsubmit: (event) => event.preventDefault(), onkeydown: keys });
  const element = h("section", { class: "sc-hand-off", "aria-label": __("Contact details"), hidden: true },
    h("div", { class: "sc-actions" }, opener, withdraw), line, form);

  const named = (name) => state.ways.find((one) => one.name === name);
  const way = () => (named("private").possible ? named("private") : named("public"));

  async function update(fresh) {
    state = fresh;
    try {
      known = await context.call("hand_off.get_state");
    } catch {
      return; // what is shown stays
    }
    element.hidden = !known;
    if (known) draw();
  }

  function draw() {
    const request = known.request;
    const waits = ["asked", "opened"].includes(request?.state);
    opener.disabled = !state.may_write || !way().possible;
    opener.title = way().possible ? "" : way().reason;
    withdraw.hidden = !waits || !state.may_write;
    line.replaceChildren(...(request ? told(request, waits).filter(Boolean).map((words) => h("p", { text: words })) : []));
    const one = way();
    if (!form.hidden && form.dataset.way !== one.name) text.value = known.texts[one.name]; // what may be said privately may not be published
    form.dataset.way = one.name;
    why.textContent = one.name === "public" ? __("No private message is possible: {0}", named("private").reason) : "";
    send.textContent = one.name === "public" ? __("Send the link publicly") : __("Send the link privately");
    send.title = __("{0} (Ctrl+Enter)", send.textContent);
    send.disabled = !state.may_write || !one.possible || !text.value.trim();
    if (!form.hidden) preview.show(one, state.signature, text.value, []);
  }

  function told(request, waits) {
    const left = [request.email, request.phone, request.preferred_time].filter(Boolean).join(" · ");
    return [
      __("Asked by {0}, {1}.", request.asked_by, moment(request.asked_at)),
      waits && NOT_OUT.includes(request.delivery) && __("The message with the link is not out yet."),
      waits && NEVER_OUT.includes(request.delivery) && __("The message with the link was not sent."),
      waits && (request.opened_at ? __("Opened {0}, not answered yet.", moment(request.opened_at)) : __("Not opened yet.")),
      waits && __("The link works until {0}.", moment(request.expires_at)),
      request.state === "expired" && __("The time of the link is over."),
      request.state === "withdrawn" && __("The link was withdrawn."),
      request.state === "answered" && __("Answered {0}: {1}", moment(request.answered_at), left),
      request.elsewhere.length > 0 && __("Maybe the same person, not merged: {0}", request.elsewhere.join(", ")),
    ];
  }

  function open(wanted, words = known.texts[way().name]) {
    form.hidden = !wanted;
    form.dataset.way = way().name;
    form.replaceChildren(...(wanted ? inside : []));
    opener.setAttribute("aria-expanded", String(wanted));
    question.replaceChildren();
    if (wanted) text.value = words;
    draw();
    (wanted ? text : opener).focus();
    if (wanted) opener.scrollIntoView({ block: "start" }); // what is sent is read before, not only its end
  }

  function keys(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target.closest(".sc-question")) return;
    event.preventDefault();
    event.stopPropagation();
    if (!send.disabled) submit(false);
  }

  async function submit(confirmed) {
    const one = way();
    const words = text.value;
    await act(async () => {
      const values = { text: words, way: one.name, target: one.target || null, attempt, seen: state.seen, confirmed };
      const answer = await context.call("hand_off.ask", values);
      if (answer.meanwhile || answer.personal) {
        question.replaceChildren(askFirst(answer, { anyway: () => submit(true), back: () => text.focus() }));
        question.querySelector("button")?.focus();
        return;
      }
      attempt = attemptName();
      open(false);
      if (answer.undo_seconds) offerUndo(context, answer, () => open(true, words));
      else context.say(__("The answer is on its way."));
    });
  }

  async function act(does) {
    send.disabled = withdraw.disabled = true;
    question.replaceChildren();
    try {
      await does();
    } catch (error) {
      context.warn(error.message);
      question.replaceChildren(h("p", { class: "sc-bad", role: "alert", text: error.message }));
    }
    withdraw.disabled = false;
    await context.refresh();
    context.reload();
  }

  return { element, update };
}

export default { id: "hand_off", order: 25, place: "main", make };
