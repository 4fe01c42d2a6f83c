// What stands with each message of the conversation: who sees it, its pictures, and buttons to answer it or to act on it.
const version = new URL(import.meta.url).search;
const { h, __ } = await import(`./dom.js${version}`);
const { makeGallery } = await import(`./gallery.js${version}`);
const { makeModeration } = await import(`./moderation.js${version}`);

const AUDIENCES = {
  public: () => __("🌐 Public: everybody can read this"),
  private: () => __("🔒 Private"),
};

const MADE_UP = /^<?\S+@\S+\.invalid>?$/; // the address of a customer whose real one nobody knows

/** Hide addresses that the app made up, and the "To:" before them: agents can write to nobody there. */
function hideMadeUp(place) {
  for (const one of place.querySelectorAll("span")) {
    if (one.childElementCount || !MADE_UP.test(one.textContent.trim())) continue;
    const labelled = one.previousElementSibling?.textContent.trim().endsWith(":");
    (labelled ? one.parentElement : one).classList.add("sc-made-up");
  }
}

function make(context) {
  let state = null;
  let older = []; // marks that were asked for
  let more = null; // whether there are still older ones; null: as the state says
  const earlier = h("button", { type: "button", class: "sc-button sc-earlier", text: __("Earlier messages"), onclick: loadEarlier });

  function update(fresh) {
    state = fresh;
    draw();
  }

  /** The newest messages and those that were asked for, newest first; one that slid out of the newest stays. */
  function known() {
    const newest = state?.messages || [];
    const names = new Set(newest.map((one) => one.name));
    return [...newest, ...older.filter((one) => !names.has(one.name))];
  }

  async function loadEarlier(event) {
    event.stopPropagation();
    earlier.disabled = true;
    try {
      const found = await context.call("composer.get_earlier_marks", { skip: known().length });
      older = [...known(), ...found.messages];
      more = found.earlier;
      draw();
    } catch (error) {
      context.warn(error.message);
    }
    earlier.disabled = false;
  }

  /** Helpdesk draws each message in an element named after it, and draws it anew when it changed. */
  function draw() {
    let oldest = null;
    for (const one of known()) {
      const place = document.getElementById(`communication-${one.name}`);
      if (!place) continue;
      oldest = place;
      hideMadeUp(place);
      const mark = JSON.stringify([one, state.may_write]);
      const foot = place.querySelector(":scope > .sc-foot");
      if (foot?.dataset.mark === mark) continue;
      foot?.remove();
      place.querySelector(":scope > .sc-mark")?.remove();
      place.dataset.scAudience = one.audience;
      place.prepend(h("div", { class: "sc-mark", text: AUDIENCES[one.audience]() }));
      const fresh = footOf(one);
      fresh.dataset.mark = mark;
      place.append(fresh);
    }
    if (!(more ?? state?.earlier) || !oldest) earlier.remove();
    else if (oldest.firstChild !== earlier) oldest.prepend(earlier);
  }
  context.placed.push(draw);

  function footOf(one) {
    const buttons = state.may_write ? [one.answerable && answer(one), ...one.acts.map((message, index) => moderate(message, one, index))] : [];
    return h("div", { class: "sc-foot", onclick: (event) => event.stopPropagation() },
      one.files.length > 0 && makeGallery(one.files),
      h("div", { class: "sc-actions" }, ...buttons));
  }

  const answer = (one) =>
    h("button", { type: "button", class: "sc-button", text: __("Answer this"), "aria-label": __("Answer {0}: {1}", one.who, one.text), onclick: () => context.answer(one.message) });

  function moderate(message, one, index) {
    const words = one.acts.length > 1 ? __("Moderate {0}/{1}", index + 1, one.acts.length) : __("Moderate");
    let shown = null;
    const button = h("button", { type: "button", class: "sc-button", "aria-expanded": "false", "aria-label": `${words}: ${one.text}`, text: words, onclick: toggle });
    function toggle() {
      if (shown) {
        shown.remove();
        shown = null;
      } else {
        const moderation = makeModeration(context, message);
        shown = moderation.element;
        button.closest(".sc-foot").append(shown);
        moderation.load();
      }
      button.setAttribute("aria-expanded", String(Boolean(shown)));
    }
    return button;
  }

  return { element: null, update, end: clear };

  function clear() {
    for (const one of document.querySelectorAll(".sc-mark, .sc-foot, .sc-earlier")) one.remove();
    for (const one of document.querySelectorAll("[data-sc-audience]")) delete one.dataset.scAudience;
    for (const one of document.querySelectorAll(".sc-made-up")) one.classList.remove("sc-made-up");
  }
}

export default { id: "timeline", order: 5, place: "main", make };
