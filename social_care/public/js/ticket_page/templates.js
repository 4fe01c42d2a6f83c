// Approved templates: what may be said where one may not write freely. Chosen, filled in, seen as the customer will, sent.
const version = new URL(import.meta.url).search;
const { h, __, moment } = await import(`./dom.js${version}`);
const { attemptName } = await import(`./server.js${version}`);

function make(context) {
  const chooser = h("select", { id: `sc-template-${context.ticket}`, class: "sc-select", onchange: chooseAnother });
  const blanks = h("div", { class: "sc-blanks" });
  const sample = h("p", { class: "sc-sample", "aria-live": "polite" });
  const remark = h("p", { class: "sc-dim" });
  const wrong = h("p", { class: "sc-bad", role: "alert" });
  const refused = h("ul", { class: "sc-reasons" });
  const send = h("button", { type: "button", class: "sc-button sc-primary", text: __("Send template"), onclick: submit });
  const anew = h("button", { type: "button", class: "sc-button sc-quiet", text: __("Fetch the list anew"), onclick: () => load("templates.refresh") });
  const age = h("span", { class: "sc-dim" });
  const form = h("div", { class: "sc-template" },
    h("label", { class: "sc-label", for: chooser.id, text: __("Template") }), chooser, refused, blanks, sample, remark, wrong,
    h("div", { class: "sc-actions" }, send, anew, age));
  const element = h("details", { class: "sc-templates", hidden: true, ontoggle: () => element.open && !loaded && load("templates.list_templates") },
    h("summary", { text: __("Send a template") }), form);
  let templates = [];
  let loaded = false;
  let mayWrite = false;
  let wasClosed = false;
  let attempt = attemptName(); // kept until the site has taken it over: the same attempt is not sent twice

  function update(state) {
    element.hidden = !state.templates;
    if (!state.templates) return;
    mayWrite = state.may_write;
    const closed = state.ways.some((way) => way.name === "private" && !way.possible);
    if (closed && !wasClosed) element.open = true; // nothing else can be sent
    wasClosed = closed;
    draw();
  }

  async function load(method) {
    loaded = true;
    wrong.textContent = "";
    anew.disabled = true;
    try {
      const found = await context.call(method);
      templates = found.templates;
      age.textContent = found.fetched_at ? __("List of {0}", moment(found.fetched_at)) : __("The list is out of date, or was never fetched.");
      fillChooser();
    } catch (error) {
      loaded = false;
      wrong.textContent = error.message;
    }
    anew.disabled = false;
  }

  const named = (one) => [one.name, one.category, one.language].filter(Boolean).join(" · ");

  function fillChooser() {
    const before = chooser.value;
    chooser.replaceChildren(
      h("option", { value: "", text: templates.length ? __("Choose a template…") : __("There are no templates.") }),
      ...templates.map((one, index) => h("option", { value: String(index), text: named(one), disabled: Boolean(one.refusal) }))
    );
    chooser.value = templates[before] && !templates[before].refusal ? before : "";
    const reasons = templates.filter((one) => one.refusal);
    refused.replaceChildren(...reasons.map((one) => h("li", { text: `${named(one)}: ${one.refusal}` })));
    choose();
  }

  const chosen = () => templates[chooser.value];
  const values = () => Object.fromEntries([...blanks.querySelectorAll("input")].map((input) => [input.name, input.value.trim()]));

  function chooseAnother() {
    attempt = attemptName();
    choose();
  }

  function choose() {
    wrong.textContent = "";
    const one = chosen();
    blanks.replaceChildren(...(one?.variables || []).map(blank));
    remark.textContent = one?.remark || "";
    draw();
  }

  function blank(variable, index) {
    const id = `${chooser.id}-${index}`;
    const kinds = { image: __("address of a picture (https)"), video: __("address of a video (https)"), document: __("address of a document (https)") };
    const words = [`{{${variable.key}}}`, kinds[variable.kind], variable.example && __("for example {0}", variable.example)].filter(Boolean).join(" · ");
    return h("div", {}, h("label", { class: "sc-label", for: id, text: words }), h("input", { id, name: variable.key, type: "text", autocomplete: "off", oninput: draw }));
  }

  function draw() {
    const one = chosen();
    const given = one ? values() : {};
    sample.textContent = one ? one.text.replace(/{{([^{}]+)}}/g, (mark, key) => given[key] || mark) : "";
    send.disabled = !one || !mayWrite || Object.values(given).some((value) => !value);
  }

  async function submit() {
    const one = chosen();
    if (!one || send.disabled) return;
    send.disabled = true;
    wrong.textContent = "";
    try {
      const { warnings } = await context.call("templates.send", { template: one.name, language: one.language, values: values(), attempt });
      context.say([__("The template is on its way."), ...warnings].join(" "));
      chooser.value = "";
      chooseAnother();
      context.toggle(false);
      context.refresh();
      context.reload();
    } catch (error) {
      wrong.textContent = error.message;
      draw();
      context.refresh(); // it may have arrived, and only the answer was lost
    }
  }

  return { element, update };
}

export default { id: "templates", order: 25, place: "main", make };
