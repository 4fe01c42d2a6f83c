// Helpdesk's head of a ticket says "via Email" of whatever did not come from its portal; here it names the platform.

const HEAD = "#app-header";

function make(context) {
  let title = "";
  let ours = null; // the word that was changed, what it said, and the icon before it

  function draw() {
    if (!title || ours?.word.isConnected) return;
    const via = [...document.querySelectorAll(`${HEAD} span`)].find((one) => one.textContent.trim() === "via");
    const word = via?.parentElement.lastElementChild;
    if (!word || word === via || word.childElementCount) return;
    const icon = word.previousElementSibling;
    ours = { word, said: word.textContent, icon: icon === via ? null : icon };
    word.textContent = title;
    if (ours.icon) ours.icon.style.display = "none";
  }
  context.placed.push(draw);

  function update(state) {
    title = state.platform;
    draw();
  }

  function end() {
    if (!ours) return;
    ours.word.textContent = ours.said;
    if (ours.icon) ours.icon.style.display = "";
  }

  return { element: null, update, end };
}

export default { id: "head", order: 4, place: "main", make };
