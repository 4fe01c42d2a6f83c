// What an agent has to confirm before sending: a colleague was faster, or everybody would read something personal.
const { h, __ } = await import(`./dom.js${new URL(import.meta.url).search}`);

/** Return the question. `answer` is what the site said instead of sending. */
export function askFirst({ meanwhile = [], personal = [] }, { anyway, back }) {
  const box = h("div", { class: "sc-question", role: "alertdialog", "aria-label": __("Please confirm") });
  const leave = (then) => () => {
    box.remove();
    then();
  };
  box.append(
    ...meanwhile.map((one) =>
      h("p", {}, h("strong", { text: __("{0} answered since you opened this ticket:", one.author) }), h("blockquote", { text: one.text }))
    ),
    ...personal.map((sentence) => h("p", { text: `⚠ ${sentence}` })),
    h("div", { class: "sc-actions" },
      h("button", { type: "button", class: "sc-button sc-primary", text: __("Back to writing"), onclick: leave(back) }),
      h("button", { type: "button", class: "sc-button", text: __("Send anyway"), onclick: leave(anyway) }))
  );
  return box;
}
