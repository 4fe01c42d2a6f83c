// Asking the site.
const { __ } = await import(`./dom.js${new URL(import.meta.url).search}`);

const headers = () => ({ Accept: "application/json", "X-Frappe-CSRF-Token": window.csrf_token || "" });

/** Name an attempt to send: the site takes the same one over once only. */
export const attemptName = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (one) => one.toString(36)).join("");

/** Call a whitelisted method of this app; throws an Error with a sentence for people. */
export async function call(method, values = {}) {
  return answerOf(
    await reach(`/api/method/social_care.api.${method}`, {
      method: "POST",
      headers: { ...headers(), "Content-Type": "application/json" },
      body: JSON.stringify(values),
    })
  );
}

/** Keep a file with a ticket, private; returns its record. */
export async function upload(file, ticket) {
  const form = new FormData();
  form.append("file", file, file.name);
  form.append("is_private", "1");
  form.append("doctype", "HD Ticket");
  form.append("docname", ticket);
  return answerOf(await reach("/api/method/upload_file", { method: "POST", headers: headers(), body: form }));
}

/** Browsers say why in words of their own, in English; nobody knows whether the site has heard it. */
const reach = (address, given) =>
  fetch(address, given).catch(() => {
    throw new Error(__("The help desk could not be reached, or its answer was lost. Please check your connection, and look at the conversation before you try again."));
  });

async function answerOf(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(sentence(body) || __("That did not work (error {0}). Please try again.", response.status));
  return body.message;
}

function sentence(body) {
  try {
    const said = JSON.parse(body._server_messages).map((one) => JSON.parse(one).message);
    return new DOMParser().parseFromString(said.join(" "), "text/html").body.textContent;
  } catch {
    return "";
  }
}
