// Answers that are not settled: what became of each part, and what can be done. Shown here and with the message in the timeline.
const version = new URL(import.meta.url).search;
const { h, __, nextAttempt } = await import(`./dom.js${version}`);

const STATES = {
  Queued: () => __("🕓 waiting to be sent"),
  Sending: () => __("📤 being sent"),
  Sent: () => __("✅ sent"),
  Failed: () => __("❌ not sent"),
  Cancelled: () => __("🚫 given up, not sent"),
};

const WITH_SUPERVISORS = ["Awaiting Approval", "Rejected"]; // see approval.js

function make(context) {
  const element = h("div", { class: "sc-replies" });
  let state = null;

  function update(fresh) {
    state = fresh;
    const needing = state.replies.filter((reply) => concerned(reply));
    const mark = JSON.stringify([needing, state.ways, state.may_write]);
    if (element.dataset.mark !== mark) {
      element.dataset.mark = mark;
      element.hidden = !needing.length;
      element.replaceChildren(...needing.map((reply) => box(reply, true)));
    }
    inTimeline();
  }

  /** Helpdesk draws each message in an element named after it; where it does not, the panel alone has the actions. */
  function inTimeline() {
    for (const reply of state?.replies || []) {
      const message = document.getElementById(`communication-${reply.name}`);
      if (!message) continue;
      const present = message.querySelector(":scope > .sc-reply");
      const mark = JSON.stringify(reply);
      if (present?.dataset.mark === mark) continue;
      present?.remove();
      if (reply.settled || reply.parts.some((part) => WITH_SUPERVISORS.includes(part.state))) continue;
      const fresh = box(reply, false);
      fresh.dataset.mark = mark;
      message.append(fresh);
    }
    for (const shown of document.querySelectorAll(".sc-when")) {
      const words = nextAttempt(shown.dataset.at);
      if (shown.textContent !== words) shown.textContent = words;
    }
  }
  context.placed.push(inTimeline);

  /** The part to know of before writing more: it failed, nobody knows (yet), or it waits for another attempt. */
  const concerned = (reply) => reply.parts.find((part) => part.state === "Failed" || part.state === "Unknown" || part.retry_at);

  function box(reply, withWords) {
    const first = concerned(reply) || reply.parts[0];
    return h(
      "div",
      { class: "sc-reply", role: "group", "aria-label": __("An answer that is not settled") },
      withWords && h("blockquote", { text: reply.parts.map((part) => part.text).join(" ") }),
      withWords && h("ul", {}, ...reply.parts.map(line)),
      first.retry_at && h("p", { class: "sc-dim" }, "🕓 ", h("span", { class: "sc-when", "data-at": first.retry_at, text: nextAttempt(first.retry_at) }), withWords ? "" : ` · ${first.error}`),
      h("div", { class: "sc-actions" }, ...actions(reply, first), h("a", { class: "sc-link", href: `/app/social-message/${first.name}`, target: "_blank", rel: "noopener", text: __("Open record") }))
    );
  }

  function line(part) {
    const state = part.state === "Unknown" ? (part.asks ? __("❓ Unknown – please look on the platform") : __("❓ Unknown – being checked")) : STATES[part.state]?.() || part.state;
    const number = part.of > 1 ? `${part.number}/${part.of}: ` : "";
    return h("li", {}, `${number}${state}${part.error ? ` · ${part.error}` : ""}`);
  }

  function actions(reply, part) {
    if (!state.may_write) return [];
    const privately = reply.audience === "public" && state.ways.some((way) => way.name === "private" && way.possible);
    if (part.retry_at) {
      return [
        action(__("Stop and edit"), () => stopAndWrite(reply, part)),
        privately && action(__("Answer privately instead"), () => stopAndWrite(reply, part, "private")),
        action(__("Give up"), () => giveUp(part)),
      ];
    }
    if (part.state === "Failed") {
      return [
        action(__("Send again"), () => context.callPlain("settling.retry_message", { message: part.name })),
        action(__("Edit and send"), () => writeAnew(reply, part)),
        privately && action(__("Answer privately instead"), () => writeAnew(reply, part, "private")),
        action(__("Give up"), () => settle(part, 0)),
      ];
    }
    if (part.asks) {
      return [
        action(__("It is there"), () => settle(part, 1)),
        action(__("It is not there: send again"), () => context.callPlain("settling.retry_message", { message: part.name })),
        action(__("Give up"), () => settle(part, 0)),
      ];
    }
    return reply.undo_until && new Date(reply.undo_until) > Date.now() ? [action(__("Undo"), () => takeBack(reply))] : [];
  }

  function action(words, does) {
    const button = h("button", {
      type: "button",
      class: "sc-button",
      text: words,
      onclick: async (event) => {
        event.stopPropagation();
        button.disabled = true;
        try {
          await does();
        } catch (error) {
          context.warn(error.message);
        }
        button.disabled = false;
        await context.refresh();
        context.reload();
      },
    });
    return button;
  }

  const settle = (part, sent) => context.callPlain("settling.settle_message", { message: part.name, sent });

  const giveUp = (part) => context.callPlain("settling.give_up_waiting", { message: part.name });

  /** First nothing may send the old words any more, then they are written anew. */
  async function stopAndWrite(reply, part, way) {
    const text = await context.call("composer.get_unsent_text", { reply: reply.name });
    await giveUp(part);
    context.compose({ text, way: way || reply.audience, target: reply.target });
  }

  /** The server replaces this part only where it is still the one that failed. */
  async function writeAnew(reply, part, way) {
    const text = await context.call("composer.get_unsent_text", { reply: reply.name });
    context.compose({ text, way: way || reply.audience, replaces: part.name, target: reply.target });
  }

  async function takeBack(reply) {
    const text = await context.call("composer.get_unsent_text", { reply: reply.name });
    if (await context.call("composer.undo", { reply: reply.name })) context.compose({ text, way: reply.audience, target: reply.target });
    else context.warn(__("Too late: it was being sent already."));
  }

  return { element, update };
}

export default { id: "replies", order: 10, place: "main", make };
