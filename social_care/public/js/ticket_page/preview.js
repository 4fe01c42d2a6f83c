// What the answer will look like: the site plans it as it will when sending; the page only waits for a pause in typing.
const version = new URL(import.meta.url).search;
const { h, __, fill } = await import(`./dom.js${version}`);

const PAUSE_MS = 250;

/** Make the count, and the preview of the parts with what one should know. */
export function makePreview(context, countId) {
  const count = h("span", { class: "sc-count", id: countId });
  const parts = h("ol", { class: "sc-parts" });
  const warnings = h("ul", { class: "sc-warnings" });
  const element = h("div", { class: "sc-preview", hidden: true }, h("div", { class: "sc-label", text: __("What will be sent") }), parts, h("div", { role: "status" }, warnings));
  let asked = 0;
  let timer = null;
  let last = "";

  function show(way, signature, text, files) {
    const wanted = JSON.stringify([way.name, way.target, way.possible, signature, text, files]);
    if (wanted === last) return;
    last = wanted;
    clearTimeout(timer);
    const turn = ++asked;
    if (way.name === "email" || (!text.trim() && !files.length)) {
      element.hidden = true;
      count.classList.remove("sc-bad");
      count.textContent = way.limit ? __("0 of {0} {1}", way.limit, __(way.unit)) + (signature ? ` · ${__("signed {0}", signature)}` : "") : "";
      return;
    }
    timer = setTimeout(() => ask(turn, way, text, files), PAUSE_MS);
  }

  async function ask(turn, way, text, files) {
    try {
      const plan = await context.call("composer.preview", { text, way: way.name, target: way.target, files });
      if (turn === asked) draw(way, plan);
    } catch (error) {
      if (turn === asked) draw(way, { parts: [], warnings: [], approval: [], refusal: error.message });
    }
  }

  function draw(way, plan) {
    element.hidden = false;
    const last = plan.parts.at(-1);
    const several = plan.parts.length > 1 ? ` · ${__("{0} messages", plan.parts.length)}` : "";
    const cost = plan.cost ? ` · $${plan.cost.toFixed(3)}` : "";
    count.textContent = last ? __("{0} of {1} {2}", last.length, way.limit, __(way.unit)) + several + cost : "";
    count.classList.toggle("sc-bad", Boolean(plan.refusal));
    fill(
      parts,
      ...plan.parts.map((part) =>
        h("li", {}, h("span", { class: "sc-part-text", text: part.text }),
          h("span", { class: "sc-dim", text: [part.files.join(", "), `${part.length}/${way.limit}`].filter(Boolean).join(" · ") }))
      )
    );
    fill(
      warnings,
      plan.refusal && h("li", { class: "sc-bad", text: plan.refusal }),
      plan.approval.length > 0 && h("li", { text: `✋ ${__("A supervisor has to approve this first.")} ${plan.approval.join(" ")}` }),
      ...plan.warnings.map((warning) => h("li", { text: `⚠ ${warning}` }))
    );
  }

  return { count, element, show };
}
