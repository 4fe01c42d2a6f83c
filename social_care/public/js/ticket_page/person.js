// Who is this: the profile, the contact behind it, and what that person wrote before on every channel.
const version = new URL(import.meta.url).search;
const { h, __, languageName, moment, number } = await import(`./dom.js${version}`);
const { makeContact } = await import(`./contact.js${version}`);
const { makeModeration } = await import(`./moderation.js${version}`);

function make(context) {
  const element = h("aside", { class: "sc-person", "aria-label": __("Who is this"), hidden: true });
  let loaded = false;

  async function update() {
    if (loaded) return;
    loaded = true;
    try {
      const person = await context.call("people.who_is");
      element.hidden = !person;
      if (person) element.replaceChildren(...card(person));
    } catch {
      loaded = false;
    }
  }

  function anew() {
    loaded = false;
    update();
  }

  function card(person) {
    return [
      h("div", { class: "sc-id" }, picture(person),
        h("div", {}, h("strong", { text: person.name || person.handle }), person.verified && h("span", { class: "sc-verified", title: __("verified"), role: "img", "aria-label": __("verified"), text: " ✔" }),
          h("div", { class: "sc-dim", text: [person.handle, person.platform].filter(Boolean).join(" · ") }))),
      h("p", { class: "sc-dim", text: facts(person).join(" · ") }),
      ...person.acts.map((act) => h("p", { text: [act.said, act.reason, moment(act.at, { dateStyle: "medium" })].filter(Boolean).join(" · ") })),
      person.message && author(person.message),
      makeContact(context, person, anew),
      h("h4", { text: person.earlier.length ? __("Other conversations") : __("No other conversations") }),
      h("ul", { class: "sc-earlier" }, ...person.earlier.map(ticket)),
    ].filter(Boolean);
  }

  function facts(person) {
    return [
      person.followers !== null && person.followers !== undefined && __("{0} followers", number(person.followers)),
      person.protected && __("protected posts"),
      person.language && languageName(person.language),
      __("known since {0}", moment(person.known_since, { dateStyle: "medium" })),
    ].filter(Boolean);
  }

  /** Mute and block: offered, and refused, by the site. */
  function author(message) {
    const moderation = makeModeration(context, message, { ofAuthor: true, changed: anew });
    moderation.load();
    return moderation.element;
  }

  function picture(person) {
    const letters = h("span", { class: "sc-avatar", "aria-hidden": "true", text: (person.name || person.handle || "?").replace("@", "").slice(0, 1).toUpperCase() });
    if (!person.avatar) return letters;
    const image = h("img", { class: "sc-avatar", src: person.avatar, alt: "", referrerpolicy: "no-referrer", loading: "lazy", onerror: () => image.replaceWith(letters) });
    return image;
  }

  function ticket(one) {
    const sign = { public: "🌐", private: "🔒" }[one.audience] || "✉";
    return h("li", {},
      h("a", { class: "sc-link", href: `/helpdesk/tickets/${encodeURIComponent(one.ticket)}`, text: `#${one.ticket} ${one.subject}` }),
      h("div", { class: "sc-dim", text: [`${sign} ${one.platform || __("E-mail")}`, one.status, moment(one.opened, { dateStyle: "medium" })].join(" · ") }));
  }

  return { element, update };
}

export default { id: "person", order: 30, place: "side", make };
