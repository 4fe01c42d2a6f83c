// The contact behind a profile: link to another one, make one, move every identity at once, undo the last step.
const version = new URL(import.meta.url).search;
const { h, __, moment } = await import(`./dom.js${version}`);
const { ask } = await import(`./ask.js${version}`);

const FIRST_LOOK_MS = 250;

/** Return the part of the card about the contact; `changed` is called once something was decided. */
export function makeContact(context, person, changed) {
  const place = h("div");
  const advice = h("ul", { class: "sc-found" });
  const several = person.others.length > 0;

  const change = h("button", { type: "button", class: "sc-button", text: person.contact ? __("Change contact") : __("Choose a contact"), onclick: () => place.replaceChildren(search()) });
  const create = h("button", { type: "button", class: "sc-button", text: __("New contact"), onclick: () => place.replaceChildren(newContact()) });
  const undo = h("button", { type: "button", class: "sc-button", text: __("Undo the last step"), onclick: () => place.replaceChildren(unlinkQuestion(person, undo)) });
  suggest();
  return h("div", { class: "sc-contact" },
    h("h4", { text: __("Contact") }),
    person.contact ? shown(person.contact) : h("p", { class: "sc-dim", text: __("No contact is linked.") }),
    several && h("ul", { class: "sc-plain" }, ...person.others.map(identity)),
    advice,
    h("div", { class: "sc-actions" }, change, create, person.steps.length > 0 && undo),
    place,
    person.steps.length > 0 && h("details", {}, h("summary", { text: __("How it came to this") }), h("ul", { class: "sc-plain sc-dim" }, ...person.steps.map(step))));

  function shown(contact) {
    return h("p", {},
      h("a", { class: "sc-link", href: `/helpdesk/contacts/${encodeURIComponent(contact.contact)}`, text: contact.name }),
      h("span", { class: "sc-dim", text: [contact.email, contact.phone].filter(Boolean).map((one) => ` · ${one}`).join("") }));
  }

  function identity(one) {
    const apart = h("button", { type: "button", class: "sc-button sc-quiet", text: __("Not the same person"), onclick: () => place.replaceChildren(unlinkQuestion(one, apart)) });
    return h("li", {}, __("Also {0} on {1}", one.handle || one.name, one.platform), " ", apart);
  }

  function step(one) {
    const way = one.from ? __("from {0} to {1}", one.from, one.to) : __("to {0}", one.to);
    return h("li", { text: `${moment(one.at)} · ${one.by}: ${way} · ${one.reason}` });
  }

  function unlinkQuestion(one, back) {
    const question = { title: __("Separate {0} from this contact?", one.handle || one.name), notes: [__("It goes back to the contact before, or gets one of its own. Its tickets go along.")], fields: [{ name: "reason", label: __("Why? (may stay empty)") }], yes: __("Separate"), back };
    return ask(question, ({ reason }) => decided("identities.unlink_profile", { profile: one.profile, reason }));
  }

  async function suggest() {
    try {
      const found = await context.callPlain("identities.suggest_contacts", { profile: person.profile });
      advice.replaceChildren(...found.map((one) => choice(one, advice)));
    } catch {
      // without advice the contact can still be chosen
    }
  }

  /** One contact that could be the person's, with the reason where the site has one. */
  function choice(one) {
    const facts = [one.email, one.phone, ...one.identities].filter(Boolean).join(" · ");
    const sign = one.reason && (one.strong ? "💡" : "❔");
    const pick = h("button", { type: "button", class: "sc-button", text: __("Link"), "aria-label": __("Link to {0}", one.name), onclick: () => place.replaceChildren(linkQuestion(one, pick)) });
    return h("li", {},
      h("div", {}, h("strong", { text: one.name }), h("div", { class: "sc-dim", text: facts }), one.reason && h("div", { text: `${sign} ${one.reason}` })),
      pick);
  }

  function linkQuestion(one, back) {
    const fields = [{ name: "reason", label: __("Why?"), value: one.reason || "" }];
    if (several) fields.push({ name: "all", label: __("All identities of the present contact, too"), kind: "check" });
    const question = { title: __("Is this {0}?", one.name), notes: [__("Tickets of this profile go to that contact. This can be undone.")], fields, yes: __("Link"), back: back.isConnected ? back : change };
    return ask(question, ({ reason, all }) => {
      if (all) return decided("identities.merge_profiles", { source: person.contact.contact, target: one.contact, reason });
      return decided("identities.link_profile", { profile: person.profile, contact: one.contact, reason });
    });
  }

  function search() {
    const found = h("ul", { class: "sc-found", "aria-live": "polite" });
    const box = h("input", { type: "search", id: `sc-find-${context.ticket}`, autocomplete: "off", oninput: () => { clearTimeout(timer); timer = setTimeout(look, FIRST_LOOK_MS); } });
    let timer = null;
    async function look() {
      const text = box.value.trim();
      try {
        const contacts = await context.callPlain("identities.find_contacts", { text });
        if (text !== box.value.trim()) return;
        const others = contacts.filter((one) => one.contact !== person.contact?.contact);
        found.replaceChildren(...others.map(choice));
        if (!others.length && text.length > 1) found.append(h("li", { class: "sc-dim", text: __("No contact has this in name, e-mail address or number.") }));
      } catch (error) {
        context.warn(error.message);
      }
    }
    queueMicrotask(() => box.focus());
    return h("div", { class: "sc-ask" }, h("label", { class: "sc-label", for: box.id, text: __("Name, e-mail address or number") }), box, found);
  }

  function newContact() {
    const fields = [
      { name: "name", label: __("Name"), value: person.name || person.handle, required: true },
      { name: "email", label: __("E-mail address") },
      { name: "phone", label: __("Phone number") },
    ];
    return ask({ title: __("New contact"), fields, yes: __("Create and link"), back: create }, (values) => decided("identities.create_contact", { profile: person.profile, ...values }));
  }

  async function decided(method, values) {
    await context.callPlain(method, values);
    context.say(__("The contact was changed."));
    changed();
    context.refresh();
    context.reload();
  }
}
