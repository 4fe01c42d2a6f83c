// The panel of Social Care on Helpdesk's ticket page. Loaded once a page by the form script; `show` comes with every change.
//
// Each module hands its own `?v=` on to those it imports: without a build step, that is what makes browsers fetch new ones.
const version = new URL(import.meta.url).search;
const { h, broken } = await import(`./dom.js${version}`);
const { makePanel } = await import(`./panel.js${version}`);

const OWN_SECTIONS = [
	...["head", "timeline", "approval", "replies", "composer", "templates", "answered_outside"],
	...["hand_off", "person", "insight"],
];
const sections = [];
let panel = null;

/**
 * Add a section to the panel: `{id, order, place, make(context)}`. place: "main" or "side". `make` is called once a ticket and
 * returns `{element, update(state), end()}`, the element may be null; `context` is described in panel.js.
 */
function addSection(section) {
  sections.push(section);
  sections.sort((one, other) => one.order - other.order);
}

/** Load style and sections; returns what the form script and other modules use. */
export async function start(boot) {
  document.head.append(h("link", { rel: "stylesheet", href: boot.style }));
  const addresses = [...OWN_SECTIONS.map((name) => `./${name}.js${version}`), ...boot.sections];
  for (const address of addresses) {
    try {
      addSection((await import(address)).default);
    } catch (error) {
      console.warn(`Social Care: the section ${address} could not be loaded.`, error);
      addSection({ id: address, order: 99, place: "main", make: () => ({ element: broken() }) });
    }
  }
  return { show, addSection };
}

/** The page shows this ticket, or it has changed. */
function show({ doc, router, toast }) {
  const ticket = String(doc.name || "");
  if (!ticket) return;
  if (panel?.ticket !== ticket) {
    panel?.end();
    panel = makePanel(ticket, { router, toast, sections, social: Boolean(doc.social_account) });
  }
  panel.refreshSoon();
}
