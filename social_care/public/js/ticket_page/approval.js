// Replies that wait for a supervisor: who wrote what and why it waits; deciding, by keyboard too; the note of a rejection.
const version = new URL(import.meta.url).search;
const { h, __, moment } = await import(`./dom.js${version}`);
const { ask } = await import(`./ask.js${version}`);

const NONE = "[]";
const UNDECIDED = ["Awaiting Approval", "Rejected"];

function make(context) {
  const wrong = h("p", { class: "sc-bad", role: "alert" });
  const list = h("div", { class: "sc-approvals" });
  const element = h("div", { hidden: true }, wrong, list);
  let known = "";
  let focusSoon = false; // asked for before the list was there

  async function update(state) {
    const parts = state.replies.flatMap((reply) => reply.parts).filter((part) => UNDECIDED.includes(part.state));
    const mark = JSON.stringify([...parts.map((part) => [part.name, part.state]), ...state.mails]);
    if (mark === known) return;
    known = mark;
    try {
      const found = mark !== NONE ? await context.call("approvals.of_ticket") : [];
      if (mark !== known) return;
      list.replaceChildren(...found.map((one) => (one.decision === "rejected" ? rejected(one) : waiting(one))));
      element.hidden = !found.length && !wrong.textContent;
      if (focusSoon) focusFirst();
    } catch {
      known = "";
    }
  }

  function waiting(one) {
    const place = h("div");
    const actions = [];
    const button = (key, words, does, kind = "") => {
      const made = h("button", { type: "button", class: `sc-button ${kind}`, text: words, title: key ? __("{0} (key {1})", words, key) : null, "aria-keyshortcuts": key, onclick: () => does(made) });
      actions.push(made);
      return made;
    };
    const keys = {};
    if (one.may_decide) {
      keys.a = button("a", __("Approve"), (pressed) => decide(pressed, one, "approve", {}, __("Approved. It is being sent.")), "sc-primary");
      keys.e = button("e", __("Edit and approve"), (pressed) => place.replaceChildren(editing(one, pressed)));
      keys.r = button("r", __("Reject"), (pressed) => place.replaceChildren(rejecting(one, pressed)));
    }
    if (one.may_withdraw) button(null, __("Withdraw"), (pressed) => withdraw(pressed, one));
    return h("section", { class: "sc-approval", tabindex: "-1", "aria-label": __("A reply that waits for approval"), onkeydown: (event) => press(event, keys) },
      h("p", {}, h("strong", { text: `✋ ${one.own ? __("Your reply waits for approval.") : __("{0} wants to answer:", one.author_name)}` })),
      h("blockquote", { text: one.message }),
      one.recipients && h("p", { class: "sc-dim", text: one.recipients }),
      h("p", { class: "sc-proposed", text: one.text }),
      ...one.personal.map((words) => h("p", { class: "sc-bad", text: `⚠ ${words}` })),
      one.files.length > 0 && h("p", { class: "sc-dim", text: `📎 ${one.files.join(", ")}` }),
      h("p", { class: "sc-dim", text: [audience(one), one.reasons.join(" "), one.deadline && __("To be answered by {0}", moment(one.deadline))].filter(Boolean).join(" · ") }),
      !one.may_decide && h("p", { class: "sc-dim", text: one.approvers.length ? __("May approve: {0}", one.approvers.join(", ")) : __("Nobody may approve it yet: somebody needs the role of a supervisor.") }),
      h("div", { class: "sc-actions" }, ...actions, one.may_decide && h("span", { class: "sc-dim", text: __("Keys: a approves, e edits, r rejects.") })),
      place);
  }

  const audience = (one) => ({ public: __("🌐 Public"), private: __("🔒 Private"), email: `✉ ${__("E-mail")}` })[one.audience];

  function rejected(one) {
    return h("section", { class: "sc-approval", "aria-label": __("A reply that was not approved") },
      h("p", {}, h("strong", { text: `🙅 ${__("{0} did not approve your reply: {1}", one.decided_by, one.note)}` })),
      h("blockquote", { text: one.text }),
      h("div", { class: "sc-actions" }, h("button", { type: "button", class: "sc-button", text: __("Write it anew"), onclick: () => context.compose({ text: one.text, way: one.audience, target: one.target }) })));
  }

  function press(event, keys) {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (!plain || event.target.closest(".sc-ask") || !keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation(); // Helpdesk has other plans with these keys
    keys[event.key].click();
  }

  /** What is personal in the new text is said once; the same text again is meant so. */
  function editing(one, back) {
    let warned = null;
    return ask({ title: __("Edit and approve"), fields: [{ name: "text", label: __("Reply"), kind: "text", value: one.text, required: true }], yes: __("Approve"), back },
      async ({ text }) => {
        const answer = await settle("edit_and_approve", one, { text, confirmed: warned === text }, __("Changed and approved. It is being sent."));
        if (answer.done) return;
        warned = text;
        throw new Error([...answer.personal, __("Approve it once more if it shall be public all the same.")].join(" "));
      });
  }

  const rejecting = (one, back) =>
    ask({ title: __("Reject"), fields: [{ name: "note", label: __("What should the author do better?"), kind: "text", required: true }], yes: __("Reject"), back },
      ({ note }) => settle("reject", one, { note }, __("Rejected. The author was told why.")));

  async function decide(pressed, one, verb, values, words) {
    if (pressed.disabled) return;
    pressed.disabled = true;
    try {
      await settle(verb, one, values, words);
    } catch {
      // said already
    }
    pressed.disabled = false;
  }

  async function withdraw(pressed, one) {
    await decide(pressed, one, "withdraw", {}, __("Withdrawn. Nothing was sent."));
    if (!wrong.textContent) context.compose({ text: one.text, way: one.audience, target: one.target });
  }

  /** What fails is said above the list, since a colleague who was faster takes the reply off it. */
  async function settle(verb, one, values, words) {
    wrong.textContent = "";
    try {
      const answer = await context.callPlain(`approvals.${verb}`, { approval: one.name, ...values });
      if (answer?.done === false) return answer;
      context.say(words);
      context.opener.focus();
      return answer;
    } catch (error) {
      wrong.textContent = error.message;
      throw error;
    } finally {
      known = "";
      await context.refresh();
      context.reload();
    }
  }

  function shortcut(event) {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const some = known && known !== NONE;
    if (event.key !== "A" || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || typing || !some) return;
    event.preventDefault();
    event.stopPropagation();
    context.toggle(true, { focus: false });
    focusFirst();
  }

  function focusFirst() {
    const first = list.querySelector(".sc-approval");
    focusSoon = !first;
    first?.focus();
  }
  document.addEventListener("keydown", shortcut, true);

  return { element, update, end: () => document.removeEventListener("keydown", shortcut, true) };
}

export default { id: "approval", order: 8, place: "main", make };
