// The form of a Social Account: what its buttons ask the server, and how the answer is shown.

const SIGN_IN = "social_care.api.signing_in";

// What each platform calls what we keep under one name; a field that is not named here keeps its own words.
const META = {
	client_id: [__("App Id"), __("In Meta's app dashboard, under App settings, Basic.")],
	client_secret: [__("App Secret"), __("From the same page. Meta signs webhooks with it.")],
	webhook_secret: [__("Verify Token"), __("A long random text of yours. Enter the same in Meta's dashboard, under Webhooks.")],
};
const NAMES = {
	X: {
		client_id: [__("Client Id or API Key"), __("OAuth 2.0: the client id. OAuth 1.0a: the API key.")],
		client_secret: [__("Client Secret or API Secret"), __("OAuth 2.0: the client secret. OAuth 1.0a: the API secret.")],
		access_token: [__("Access Token"), __("Filled in by signing in. OAuth 1.0a: paste it.")],
		webhook_secret: [__("Webhook Secret"), __("The app's API secret. With OAuth 1.0a it may stay empty.")],
	},
	Facebook: { ...META, access_token: [__("Access Token"), __("Filled in by signing in: the Page's own token.")] },
	Instagram: {
		...META,
		client_id: [__("App Id"), __("To sign in with Instagram: the Instagram app id. Through a Page: Meta's app id.")],
		client_secret: [__("App Secret"), __("The secret that belongs to that app id.")],
		access_token: [__("Access Token"), __("Filled in by signing in: the account's token, or its Page's.")],
	},
	WhatsApp: {
		...META,
		access_token: [__("Access Token"), __("A system user's token does not end. One from signing in ends after 60 days.")],
	},
	Telegram: {
		access_token: [__("Access Token"), __("The token that @BotFather gave you.")],
		webhook_secret: [__("Webhook Secret"), __("To receive by webhook: a long random text of letters (A to Z), digits, - and _.")],
	},
	YouTube: {
		client_id: [__("Client Id"), __("In the Google Cloud console, under Google Auth Platform, Clients: a web application.")],
		client_secret: [__("Client Secret"), __("From the same page.")],
		access_token: [__("Access Token"), __("Filled in by signing in; it lives for an hour.")],
	},
	Inbound: {
		webhook_secret: [__("Webhook Secret"), __("A long random text of yours. Your system signs with it, and so do replies.")],
	},
	Bluesky: {
		client_id: [__("Handle"), __("For example northwind.bsky.social.")],
		client_secret: [__("App Password"), __("At Bluesky under Settings, Privacy and security. Let it access direct messages.")],
	},
	Mastodon: {
		access_token: [__("Access Token"), __("The token of the application you made under Preferences, Development.")],
	},
};

frappe.ui.form.on("Social Account", {
	refresh(frm) {
		name_fields(frm);
		leave_secrets_alone(frm);
		if (frm.is_new()) {
			frm.set_intro(__("Choose the platform, give the account a name, and save. The next steps are then shown here."));
			return;
		}
		if (frm.doc.sending_paused) {
			frm.set_intro(__("Sending is paused: {0}", [frappe.utils.escape_html(frm.doc.sending_paused)]), "orange");
		}
		if (!frm.perm[0].write) {
			return;
		}
		frm.add_custom_button(__("Test connection"), () => test_connection(frm));
		if (frm.doc.sending_paused) {
			frm.add_custom_button(__("Resume sending"), () => resume_sending(frm)).addClass("btn-primary");
		}
		look(frm);
	},
	platform: name_fields,
});

function name_fields(frm) {
	const names = NAMES[frm.doc.platform] || {};
	new Set(Object.values(NAMES).flatMap(Object.keys)).forEach((field) => {
		const own = frappe.meta.get_docfield(frm.doctype, field);
		const [label, description] = names[field] || [__(own.label), __(own.description || "")];
		frm.set_df_property(field, "label", label);
		frm.set_df_property(field, "description", description);
	});
}

// Frappe would send each secret to its judge of passwords, which finds tokens weak and fails at long ones.
function leave_secrets_alone(frm) {
	const secrets = frm.meta.fields.filter((field) => field.fieldtype === "Password");
	secrets.forEach((field) => frm.get_field(field.fieldname)?.disable_password_checks?.());
}

// What is beside the fields: the steps of the set-up, addresses to copy, and how a sign-in ended.
function look(frm) {
	const name = frm.doc.name;
	frappe.call({ method: "social_care.api.accounts.look", args: { account: name } }).then(({ message }) => {
		if (!message || frm.doc.name !== name) {
			return;
		}
		show_steps(frm, message.steps);
		if (message.polled) {
			frm.add_custom_button(__("Poll now"), () => poll_now(frm));
		}
		show_addresses(frm, message);
		// The client id of OAuth 1.0a opens no sign-in page.
		if (frm.doc.platform !== "X" || frm.doc.auth_method === "OAuth 2.0") {
			Object.entries(message.ways).forEach(([way, label]) => {
				frm.add_custom_button(__(label), () => sign_in(frm, way), __("Sign in"));
			});
		}
		if (message.pushed_only === false) {
			frm.add_custom_button(__("Remove webhook"), () => remove_webhook(frm));
		} else if (message.subscribes) {
			frm.add_custom_button(__("Register webhook"), () => register_webhook(frm));
		}
		if (message.sign_in) {
			show_sign_in(frm, message.sign_in);
		}
	});
}

function show_steps(frm, steps) {
	const lines = steps.map((step) => {
		const sign = step.bad ? "⬜" : step.advice ? "ℹ️" : "✅";
		const advice = step.advice ? ` → <b>${frappe.utils.escape_html(step.advice)}</b>` : "";
		return `<li>${sign} ${frappe.utils.escape_html(step.what)}${advice}</li>`;
	});
	frm.get_field("checklist").$wrapper.html(`<ul class="list-unstyled">${lines.join("")}</ul>`);
	frm.get_field("setup_section").collapse?.(!steps.some((step) => step.bad));
}

function show_addresses(frm, found) {
	const signs_in = Object.keys(found.ways).length > 0;
	show_address(frm, "addresses", __("Return address, to be allowed in the app"), signs_in && found.return_address);
	show_address(frm, "webhook_address_shown", __("Webhook address"), found.webhook);
}

function show_address(frm, fieldname, title, address) {
	const place = frm.get_field(fieldname)?.$wrapper.empty();
	if (!place || !address) {
		return;
	}
	const copy = $("<button type='button' class='btn btn-xs btn-default'>").text(__("Copy"));
	copy.attr("aria-label", __("Copy: {0}", [title])).on("click", () => frappe.utils.copy_to_clipboard(address));
	$("<p class='text-muted small'>").text(title).append("<br>", $("<code>").text(address), " ", copy).appendTo(place);
}

function sign_in(frm, way) {
	ask(frm, "begin", __("Going to {0} …", [frm.doc.platform]), { way }, SIGN_IN).then((url) => {
		window.location.href = url;
	});
}

function show_sign_in(frm, outcome) {
	if (!outcome.choices.length) {
		frappe.msgprint({
			message: frappe.utils.escape_html(outcome.message),
			indicator: outcome.good ? "green" : "red",
			title: __("Sign-in"),
		});
		return;
	}
	const options = outcome.choices.map((one) => ({
		value: one.id,
		label: [one.name, one.handle && `@${one.handle}`, one.id].filter(Boolean).join(" · "),
	}));
	frappe.prompt(
		{ fieldname: "identity", fieldtype: "Select", label: outcome.message, options, reqd: 1 },
		({ identity }) => {
			ask(frm, "choose", __("Connecting …"), { identity }, SIGN_IN).then((text) => {
				frappe.show_alert({ message: frappe.utils.escape_html(text), indicator: "green" });
				frm.reload_doc();
			});
		},
		__("What shall be connected?"),
		__("Connect")
	);
}

function remove_webhook(frm) {
	const question = __("{0} will push to no address any more, also not to that of another program. Go on?", [frm.doc.platform]);
	frappe.confirm(question, () => change_webhook(frm, "remove_webhook"));
}

function register_webhook(frm) {
	change_webhook(frm, "register_webhook");
}

function change_webhook(frm, verb) {
	ask(frm, verb, __("Asking {0} …", [frm.doc.platform])).then((lines) => {
		const items = lines.map((line) => `<li>${frappe.utils.escape_html(line)}</li>`).join("");
		frappe.msgprint({ title: __("Webhook"), message: `<ul>${items}</ul>` });
		frm.reload_doc();
	});
}

function test_connection(frm) {
	ask(frm, "check_account", __("Asking {0} …", [frm.doc.platform])).then(
		(found) => show_check_up(frm, found || {}),
		() => frm.reload_doc()
	);
}

function poll_now(frm) {
	ask(frm, "poll_now").then((answer) => {
		frappe.show_alert({ message: frappe.utils.escape_html(answer), indicator: "green" });
		frm.reload_doc();
	});
}

function resume_sending(frm) {
	const question = __("Waiting replies will be sent. Has the cause been removed? {0}", [
		`<br><br><i>${frappe.utils.escape_html(frm.doc.sending_paused)}</i>`,
	]);
	frappe.confirm(question, () => {
		ask(frm, "resume_sending").then(() => {
			frappe.show_alert({ message: __("Sending goes on."), indicator: "green" });
			frm.doc.sending_paused = ""; // known before the form is loaded again
			test_connection(frm);
		});
	});
}

// Unsaved changes would make the answer about something else than what is on the screen.
function ask(frm, verb, freeze_message, more = {}, module = "social_care.api.accounts") {
	if (frm.is_dirty()) {
		frappe.throw(__("Please save first."));
	}
	return frappe
		.call({ method: `${module}.${verb}`, args: { account: frm.doc.name, ...more }, freeze: true, freeze_message })
		.then((answer) => answer.message);
}

function show_check_up(frm, found) {
	const who = [found.name, found.handle && `@${found.handle}`, found.account_id].filter(Boolean).join(" · ");
	const problems = found.problems || [];
	const dialog = new frappe.ui.Dialog({
		title: problems.length ? __("Connected, but look at this") : __("The connection works"),
		indicator: problems.length ? "orange" : "green",
		fields: [{ fieldtype: "HTML", fieldname: "found" }],
	});
	dialog.fields_dict.found.$wrapper.html(
		[
			part(__("Who am I"), who ? [who] : [], __("The platform did not say.")),
			part(__("Permissions"), found.permissions, __("The platform does not list them.")),
			part(__("Limits left"), found.limits, __("None reported.")),
			part(__("Problems"), problems, __("None found.")),
			frm.doc.sending_paused ? `<p>${__("Sending is still paused: press Resume sending.")}</p>` : "",
		].join("")
	);
	dialog.onhide = () => frm.reload_doc();
	dialog.show();
}

function part(title, lines, otherwise) {
	const shown = lines && lines.length ? lines : [otherwise];
	const items = shown.map((line) => `<li>${frappe.utils.escape_html(line)}</li>`).join("");
	return `<h5>${title}</h5><ul>${items}</ul>`;
}
