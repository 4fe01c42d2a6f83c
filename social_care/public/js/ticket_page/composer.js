// Writing an answer: to whom, what it will look like, what to know before sending.
const version = new URL(import.meta.url).search;
const { h, __, fill, moment } = await import(`./dom.js${version}`);
const { attemptName } = await import(`./server.js${version}`);
const { makeFiles } = await import(`./files.js${version}`);
const { makePreview } = await import(`./preview.js${version}`);
const { askFirst } = await import(`./confirm.js${version}`);
const { offerUndo } = await import(`./undo.js${version}`);

const WAYS = {
  public: { sign: "🌐", name: () => __("Public"), send: () => __("Send publicly"), who: () => __("Everybody can read this.") },
  private: { sign: "🔒", name: () => __("Private"), send: () => __("Send privately"), who: (way) => __("Only {0} can read this.", way.handle || __("the customer")) },
  email: { sign: "✉", name: () => __("E-mail"), send: () => __("Send e-mail"), who: (way) => __("An e-mail to {0}.", way.address) },
};

const draftKey = (ticket) => `social_care:draft:${ticket}`;

function make(context) {
  let state = null;
  let chosen = null; // the name of a way
  let attempt = attemptName();
  let replaces = null;
  let busy = false;
  let filledBy = ""; // the mention that we put there
  let answered = null; // the message that was chosen
  let held = ""; // the message to which the words stay, since somebody else wrote meanwhile
  let wayStays = false; // what is written anew goes the way it was meant to go

  const id = (name) => `sc-${name}-${context.ticket}`;
  const ways = h("div", { class: "sc-ways", role: "radiogroup", "aria-label": __("Who will read the answer") });
  const reasons = h("ul", { class: "sc-reasons", id: id("reasons") });
  const answers = h("div", { class: "sc-answers" });
  const picker = h("select", { class: "sc-select", id: id("target"), onchange: () => context.answer(picker.value || (writing() && newest()?.message) || null) });
  const pick = h("div", { class: "sc-pick", hidden: true }, h("label", { class: "sc-label", for: picker.id, text: __("Answer to") }), picker);
  const text = h("textarea", { id: id("text"), rows: 4, placeholder: __("Write your answer"), "aria-describedby": `${id("who")} ${id("count")}`, oninput: changed });
  const who = h("div", { class: "sc-who-reads", id: id("who") });
  const note = h("div", { class: "sc-note", hidden: true });
  const saved = h("select", { class: "sc-select", "aria-label": __("Insert a saved reply"), onfocus: loadSaved, onchange: useSaved }, h("option", { value: "", text: __("Saved replies…") }));
  const mention = h("button", { type: "button", class: "sc-button", onclick: () => insert(`${way().handle} `) });
  const files = makeFiles(context, changed);
  const preview = makePreview(context, id("count"));
  const send = h("button", { type: "button", class: "sc-button sc-primary", onclick: () => submit(false) });
  const resolve = h("button", { type: "button", class: "sc-button", text: __("Send and resolve"), title: __("Resolves the ticket once the platform has confirmed the answer (Ctrl+Shift+Enter)"), onclick: () => submit(true) });
  const discard = h("button", { type: "button", class: "sc-button sc-quiet", text: __("Discard"), onclick: discardAll });
  const question = h("div");
  const element = h(
    "form",
    { class: "sc-composer", onsubmit: (event) => event.preventDefault(), onkeydown: keys },
    pick, ways, reasons, note, answers,
    h("label", { class: "sc-label", for: text.id, text: __("Your answer") }),
    text, who,
    h("div", { class: "sc-tools" }, files.button, mention, saved, preview.count),
    files.list, preview.element, question,
    h("div", { class: "sc-actions" }, send, resolve, discard)
  );

  const writing = () => Boolean(text.value.trim()) && text.value !== filledBy;
  const way = () => state.ways.find((one) => one.name === chosen) || state.ways[0];

  function update(fresh) {
    const first = state === null;
    const seen = state?.seen;
    if (!first && writing() && fresh.person !== state.person && holdTo(state.answered, fresh)) return;
    state = fresh;
    if (!first && (writing() || busy)) state.seen = seen; // what colleagues say while something is being written is news
    if (first) restore();
    const turned = answered !== state.target;
    answered = state.target;
    const stays = wayStays || (held && answered === held);
    if (turned && !stays && !replaces) note.hidden = true;
    if (!chosen || !way().possible || (turned && answered && !stays)) choose(state.way);
    else draw();
    wayStays = false;
  }

  /** What is written for one person does not turn to another who wrote meanwhile (tickets that were merged, groups). */
  function holdTo(message, fresh) {
    if (context.target || !fresh.messages.some((one) => one.message === message && one.answerable)) return false;
    context.target = held = message;
    note.hidden = false;
    note.textContent = __("{0} wrote meanwhile. Your answer still goes to {1}.", fresh.who, nameOf(message, fresh));
    context.refresh();
    return true;
  }

  const newest = () => state.messages.find((message) => message.answerable);
  const nameOf = (message, among) => among.messages.find((one) => one.message === message)?.who || __("the customer");

  function draw() {
    const focused = ways.contains(document.activeElement);
    fill(
      ways,
      ...state.ways.map((one) => {
        const known = WAYS[one.name];
        return h("label", { class: `sc-way sc-way-${one.name}${one.possible ? "" : " sc-off"}`, title: one.reason || null },
          h("input", { type: "radio", name: id("way"), value: one.name, disabled: !one.possible, "aria-describedby": one.reason ? id("reasons") : null }),
          h("span", { text: `${known.sign} ${known.name()}` }));
      })
    );
    for (const radio of ways.querySelectorAll("input")) {
      radio.checked = radio.value === chosen;
      radio.onchange = () => choose(radio.value);
      if (focused && radio.checked) radio.focus();
    }
    const [common, ...others] = new Set(state.ways.map((one) => one.reason));
    if (common && !others.length) fill(reasons, h("li", { text: common }));
    else fill(reasons, ...state.ways.filter((one) => one.reason).map((one) => h("li", { text: `${WAYS[one.name].name()}: ${one.reason}` })));
    const one = way();
    const known = WAYS[one.name];
    drawPicker();
    element.dataset.way = one.name;
    who.textContent = `${known.sign} ${known.who(one)}`;
    fill(answers, one.answers && h("blockquote", { text: one.answers, title: one.answers }));
    mention.hidden = !(one.name === "public" && one.handle);
    mention.textContent = __("Mention {0}", one.handle);
    files.allow(one.files);
    send.textContent = known.send();
    send.title = __("{0} (Ctrl+Enter)", known.send());
    const hinder = busy || !state.may_write || !one.possible;
    send.disabled = resolve.disabled = hinder;
    resolve.hidden = state.resolved;
    discard.hidden = !(text.value || files.names().length || replaces);
    if (!state.may_write) context.say(__("You may read this ticket, but not answer it."));
    preview.show(one, state.signature, text.value, files.names());
  }

  /** Which message is answered: the newest, unless the agent says otherwise. */
  function drawPicker() {
    const choices = state.messages.filter((message) => message.answerable);
    pick.hidden = choices.length < 2;
    if (document.activeElement !== picker) {
      picker.replaceChildren(
        h("option", { value: "", text: __("The newest message, of {0}", newest()?.who) }),
        ...choices.map((message) => h("option", { value: message.message, text: `${WAYS[message.audience].sign} ${message.who} · ${moment(message.at)} · ${message.text.slice(0, 60)}` }))
      );
    }
    picker.value = state.target || "";
  }

  function choose(name) {
    chosen = name;
    if (filledBy && text.value.startsWith(filledBy)) text.value = text.value.slice(filledBy.length);
    filledBy = "";
    addNeededMention();
    changed();
  }

  function addNeededMention() {
    const one = way();
    if (one.needs_mention && one.handle && !text.value.includes(one.handle)) {
      filledBy = `${one.handle} `;
      text.value = filledBy + text.value;
    }
  }

  function changed() {
    question.replaceChildren();
    keep();
    draw();
  }

  function insert(words) {
    text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    text.focus();
    changed();
  }

  // --- a draft survives leaving the ticket
  function keep() {
    try {
      if (writing()) sessionStorage.setItem(draftKey(context.ticket), JSON.stringify({ text: text.value, way: chosen, answered: state.answered, person: state.person, attempt }));
      else sessionStorage.removeItem(draftKey(context.ticket));
    } catch {
      // storage is full or forbidden: the draft lives as long as the page
    }
  }

  function restore() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(draftKey(context.ticket)) || "null");
      if (kept) [text.value, chosen, attempt] = [kept.text, kept.way, kept.attempt || attempt];
      if (kept && kept.person !== state.person) holdTo(kept.answered, state);
    } catch {
      // nothing that can be read was kept
    }
    if (!chosen) chosen = state.way;
    addNeededMention();
  }

  function reset() {
    text.value = "";
    files.clear();
    replaces = null;
    note.hidden = true;
    attempt = attemptName();
    context.target = null;
    addNeededMention();
    changed();
  }

  function discardAll() {
    reset();
    context.refresh();
  }

  /** Write `given.text` anew to `given.target`, instead of a failed reply where `given.replaces` names one. */
  function compose(given) {
    text.value = given.text;
    if (given.way) chosen = given.way;
    if (given.files) files.restore(given.files);
    replaces = given.replaces || null;
    note.hidden = !replaces;
    note.textContent = replaces ? __("This will be sent instead of the reply that failed.") : "";
    attempt = attemptName();
    changed();
    context.target = given.target || null;
    wayStays = true;
    context.refresh();
    context.toggle(true);
    text.focus();
  }

  // --- saved replies
  async function loadSaved() {
    if (saved.options.length > 1) return;
    try {
      for (const one of await context.call("saved_replies.get_saved_replies")) {
        saved.append(h("option", { value: one.name, text: one.title }));
      }
    } catch (error) {
      context.warn(error.message);
    }
  }

  async function useSaved() {
    const name = saved.value;
    saved.value = "";
    if (!name) return;
    try {
      insert(await context.call("saved_replies.get_text", { saved_reply: name }));
    } catch (error) {
      context.warn(error.message);
    }
  }

  // --- sending
  function keys(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.target.closest(".sc-question")) return;
    submit(event.shiftKey && !resolve.hidden);
  }

  async function submit(resolves, confirmed = false) {
    if (busy || send.disabled) return;
    if (files.busy()) return context.warn(__("A file is still being uploaded."));
    busy = true;
    draw();
    const wanted = { text: text.value, way: chosen, target: way().target || null, files: files.names(), replaces };
    try {
      const answer = await context.call("composer.send", { ...wanted, attempt, seen: state.seen, resolve: resolves, confirmed });
      busy = false;
      if (answer.meanwhile || answer.personal) {
        question.replaceChildren(askFirst(answer, { anyway: () => submit(resolves, true), back: () => text.focus() }));
        question.querySelector("button")?.focus();
      } else if (answer.taken !== undefined && !same(answer.taken, wanted.text)) {
        attempt = attemptName();
        throw new Error(__("Your first words were taken over already: “{0}”. What you changed since was not sent. Send it only if it shall be said, too.", answer.taken));
      } else {
        sent(wanted, answer);
      }
    } catch (error) {
      context.warn(error.message);
      question.replaceChildren(h("p", { class: "sc-bad", role: "alert", text: error.message }));
    } finally {
      busy = false;
      if (state) draw();
    }
  }

  const same = (one, other) => one.replace(/\s+/g, " ").trim() === other.replace(/\s+/g, " ").trim();

  function sent(wanted, answer) {
    const kept = { text: wanted.text, way: wanted.way, files: files.all(), target: state.target };
    const onItsWay = wanted.way === "email" ? __("The e-mail is on its way.") : __("The answer is on its way.");
    const taken = answer.taken !== undefined && __("The answer was taken over the first time already, so it is not sent twice.");
    const words = taken || (answer.waits ? __("The answer waits for a supervisor.") : onItsWay);
    reset();
    context.toggle(false);
    if (answer.reply && answer.undo_seconds) {
      offerUndo(context, answer, () => compose(kept));
    } else {
      context.say(words);
    }
    context.refresh();
    context.reload();
  }

  context.compose = compose;
  return { element, update };
}

export default { id: "composer", order: 20, place: "main", make };
