// Files to send: chosen, held against the platform's limits, uploaded to the ticket.
const version = new URL(import.meta.url).search;
const { h, __, megabytes } = await import(`./dom.js${version}`);
const { upload } = await import(`./server.js${version}`);

/** Make the button, and the list of chosen files; `changed` is called when the list did. */
export function makeFiles(context, changed) {
  let allowed = null; // null: anything, as with an e-mail
  let chosen = [];
  let uploading = 0;

  const input = h("input", { type: "file", multiple: true, class: "sc-hidden", tabindex: "-1", "aria-hidden": "true", onchange: take });
  const opener = h("button", { type: "button", class: "sc-button", text: __("📎 Attach"), onclick: () => input.click() });
  const button = h("span", {}, opener, input);
  const list = h("ul", { class: "sc-files" });

  function limits() {
    if (!allowed) return "";
    if (!allowed.count) return __("This answer takes no files.");
    const kinds = Object.entries(allowed.largest).map(([kind, bytes]) => `${kind.split("/").pop()} ${megabytes(bytes)}`);
    return __("At most {0} files: {1}", allowed.count, kinds.join(", "));
  }

  function allow(rule) {
    allowed = rule || null;
    opener.disabled = Boolean(allowed && chosen.length >= allowed.count);
    opener.title = limits();
    input.accept = allowed ? Object.keys(allowed.largest).join(",") : "";
  }

  function complaint(file) {
    if (!allowed) return "";
    const largest = allowed.largest[file.type];
    if (chosen.length >= allowed.count) return limits();
    if (!largest) return __("{0} cannot be sent here. {1}", file.name, limits());
    if (file.size > largest) return __("{0} is larger than {1}.", file.name, megabytes(largest));
    return "";
  }

  async function take() {
    const picked = [...input.files];
    input.value = "";
    for (const file of picked) {
      const wrong = complaint(file);
      if (wrong) {
        context.warn(wrong);
        continue;
      }
      uploading += 1;
      draw();
      try {
        const kept = await upload(file, context.ticket);
        chosen.push({ name: kept.name, label: file.name });
      } catch (error) {
        context.warn(error.message);
      }
      uploading -= 1;
      draw();
    }
    changed();
  }

  function draw() {
    list.replaceChildren(
      ...chosen.map((file) =>
        h("li", {}, file.label, h("button", { type: "button", class: "sc-button sc-quiet", "aria-label": __("Remove {0}", file.label), text: "✕", onclick: () => drop(file) }))
      ),
      ...(uploading ? [h("li", { class: "sc-dim", text: __("Uploading…") })] : [])
    );
  }

  function drop(file) {
    chosen = chosen.filter((one) => one !== file);
    draw();
    changed();
    opener.focus();
  }

  return {
    button,
    list,
    allow,
    names: () => chosen.map((file) => file.name),
    all: () => [...chosen],
    busy: () => uploading > 0,
    clear: () => restore([]),
    restore,
  };

  function restore(files) {
    chosen = [...files];
    draw();
  }
}
