// Asking before something is done: a few fields, a button that does it, and one that does not. Stands where the button stood.
const { h, __ } = await import(`./dom.js${new URL(import.meta.url).search}`);

/**
 * Return the question. `fields`: `{name, label, kind, value, required}`, kind: "line", "text" or "check". `does` gets the values
 * by name; what it throws is shown, and the question stays. `back` gets the focus in the end.
 */
export function ask({ title, notes = [], fields = [], yes, danger = false, back = null }, does) {
  const inputs = fields.map((field) => [field, input(field)]);
  const wrong = h("p", { class: "sc-bad", role: "alert" });
  const confirm = h("button", { type: "submit", class: `sc-button ${danger ? "sc-danger" : "sc-primary"}`, text: yes });
  const cancel = h("button", { type: "button", class: "sc-button", text: __("Cancel"), onclick: leave });
  const box = h("form", { class: "sc-ask", "aria-label": title, onsubmit: go, onkeydown: keys, onclick: (event) => event.stopPropagation() },
    h("strong", { text: title }),
    ...notes.filter(Boolean).map((note) => h("p", { class: "sc-dim", text: note })),
    ...inputs.map(([field, element]) => labelled(field, element)),
    wrong,
    h("div", { class: "sc-actions" }, confirm, cancel));
  queueMicrotask(() => {
    (inputs[0]?.[1] || cancel).focus();
    box.scrollIntoView({ block: "nearest" }); // with its buttons
  });
  return box;

  function leave() {
    box.remove();
    back?.focus();
  }

  function keys(event) {
    event.stopPropagation(); // letters typed here are no shortcuts
    if (event.key === "Escape") leave();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) go(event);
  }

  async function go(event) {
    event.preventDefault();
    if (confirm.disabled) return;
    const empty = inputs.find(([field, element]) => field.required && !element.value.trim());
    if (empty) {
      wrong.textContent = __("Please fill in: {0}", empty[0].label);
      return empty[1].focus();
    }
    confirm.disabled = true;
    try {
      await does(Object.fromEntries(inputs.map(([field, element]) => [field.name, field.kind === "check" ? element.checked : element.value])));
      leave();
    } catch (error) {
      wrong.textContent = error.message;
    } finally {
      confirm.disabled = false;
    }
  }
}

let made = 0;

function input({ kind = "line", value = "", required }) {
  const id = `sc-ask-${++made}`;
  if (kind === "text") return h("textarea", { id, rows: 3, value, "aria-required": required ? "true" : null });
  if (kind === "check") return h("input", { id, type: "checkbox" });
  return h("input", { id, type: "text", value, autocomplete: "off", "aria-required": required ? "true" : null });
}

function labelled(field, element) {
  const label = h("label", { for: element.id, class: field.kind === "check" ? null : "sc-label", text: field.label });
  return field.kind === "check" ? h("div", { class: "sc-check" }, element, label) : h("div", {}, label, element);
}
