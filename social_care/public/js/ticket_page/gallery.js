// The files of a message: small pictures that open large, with the arrow keys through all of them.
const { h, __ } = await import(`./dom.js${new URL(import.meta.url).search}`);

const isPicture = (file) => /\.(png|jpe?g|gif|webp)$/i.test(file.name);
const isVideo = (file) => /\.(mp4|webm|mov)$/i.test(file.name);
const isSound = (file) => /\.(mp3|ogg|oga|m4a|wav|aac)$/i.test(file.name);

/** Return what shows the files; `{url, name, kind, alt}` each. */
export function makeGallery(files) {
  const pictures = files.filter(isPicture);
  return h("ul", { class: "sc-gallery", "aria-label": __("Files of this message") }, ...files.map((file) => h("li", {}, one(file))));

  function one(file) {
    if (isPicture(file)) {
      const words = __("Enlarge: {0}", file.alt || file.name);
      return h("button", { type: "button", class: "sc-thumb", "aria-label": words, onclick: (event) => enlarge(pictures, pictures.indexOf(file), event.currentTarget) },
        h("img", { src: file.url, alt: "", loading: "lazy" }));
    }
    if (isVideo(file)) return h("video", { src: file.url, controls: true, preload: "metadata", "aria-label": file.alt || file.name });
    if (isSound(file)) return h("audio", { src: file.url, controls: true, preload: "none", "aria-label": file.alt || file.name });
    return h("a", { class: "sc-link", href: file.url, target: "_blank", rel: "noopener", text: `📎 ${file.name}` });
  }
}

function enlarge(pictures, start, back) {
  let at = start;
  const image = h("img");
  const words = h("p", { "aria-live": "polite" });
  const dialog = h("dialog", { class: "sc-large", "aria-label": __("Picture"), onkeydown: keys, onclose: leave },
    image, words,
    h("div", { class: "sc-actions" },
      pictures.length > 1 && h("button", { type: "button", class: "sc-button", text: __("Previous"), onclick: () => show(at - 1) }),
      pictures.length > 1 && h("button", { type: "button", class: "sc-button", text: __("Next"), onclick: () => show(at + 1) }),
      h("button", { type: "button", class: "sc-button", text: __("Close"), onclick: () => dialog.close() })));
  document.body.append(dialog);
  show(at);
  dialog.showModal();

  function show(index) {
    at = (index + pictures.length) % pictures.length;
    const { url, name, alt } = pictures[at];
    image.src = url;
    image.alt = alt || name;
    words.textContent = [pictures.length > 1 && `${at + 1}/${pictures.length}`, alt || name].filter(Boolean).join(" · ");
  }

  function keys(event) {
    event.stopPropagation();
    if (event.key === "ArrowRight") show(at + 1);
    if (event.key === "ArrowLeft") show(at - 1);
  }

  function leave() {
    dialog.remove();
    back.focus();
  }
}
