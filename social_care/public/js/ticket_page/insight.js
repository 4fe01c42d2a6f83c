// What was told of the conversation (language, sentiment, urgency, signs of spam), why, and what an agent makes of it.
const version = new URL(import.meta.url).search;
const { h, __, fill, languageName } = await import(`./dom.js${version}`);

const CHOICES = { sentiment: ["", "Negative", "Neutral", "Positive"], urgency: ["", "Urgent"], spam: ["", "Possible", "Likely"] };

function make(context) {
  const campaign = h("p", { class: "sc-campaign" });
  const list = h("dl", { class: "sc-insight-list" });
  const element = h("aside", { class: "sc-insight", "aria-label": __("How it reads"), hidden: true }, h("h4", { text: __("How it reads") }), list, campaign);
  const names = { language: __("Language"), sentiment: __("Sentiment"), urgency: __("Urgency"), spam: __("Spam") };
  const values = { Negative: __("Negative"), Neutral: __("Neutral"), Positive: __("Positive"), Urgent: __("Urgent"), Possible: __("Possible"), Likely: __("Likely") };
  const nothing = { language: __("unknown"), sentiment: __("unknown"), urgency: __("not urgent"), spam: __("no signs") };
  let mayWrite = false;

  function update(state) {
    mayWrite = state.may_write;
    show(state.insight);
    const all = state.campaign && `/app/social-message?campaign=${encodeURIComponent(state.campaign.campaign)}`;
    fill(campaign, all && h("a", { class: "sc-link", href: all, target: "_blank", text: __("📣 Written or shared by {0} others within a day", state.campaign.others) }));
    element.hidden &&= !all;
  }

  function show(told) {
    element.hidden = told.every((one) => !one.value && !one.corrected);
    if (list.contains(document.activeElement)) return; // an agent is choosing
    fill(list, ...told.flatMap((one) => [h("dt", { text: names[one.about] }), h("dd", {}, chooser(one), h("span", { class: "sc-dim", text: reason(one) }))]));
    for (const field of list.querySelectorAll("[data-about]")) field.onchange = () => correct(field);
  }

  const reason = (one) => (one.corrected ? __("set by a person") : one.why);

  function chooser(one) {
    const given = { "data-about": one.about, "aria-label": names[one.about], disabled: !mayWrite, class: "sc-select" };
    if (one.about === "language") return h("input", { ...given, class: "sc-select sc-language", maxlength: 12, placeholder: nothing.language, value: one.value, "data-was": one.value, title: one.value && languageName(one.value) });
    return h("select", given, ...CHOICES[one.about].map((choice) => h("option", { value: choice, selected: choice === one.value, text: values[choice] || nothing[one.about] })));
  }

  async function correct(field) {
    try {
      const told = await context.call("insight.correct", { about: field.dataset.about, value: field.value });
      field.blur();
      show(told);
      context.say(__("Noted. Later messages leave it as you set it."));
      context.reload();
    } catch (error) {
      context.warn(error.message);
    }
  }

  return { element, update };
}

export default { id: "insight", order: 40, place: "side", make };
