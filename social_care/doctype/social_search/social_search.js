// A search is tried on the platform before it is saved: what it finds, and what each hit would have become.

frappe.ui.form.on("Social Search", {
	refresh(frm) {
		frm.add_custom_button(__("Try"), () => ask_first(frm));
		say_whether_it_runs(frm);
	},
	account: say_whether_it_runs,
});

function say_whether_it_runs(frm) {
	frm.set_intro("");
	const account = frm.doc.account;
	if (!account) {
		return;
	}
	frappe.db.get_value("Social Account", account, ["enabled", "receive_searches"]).then(({ message }) => {
		if (message && frm.doc.account === account && !(message.enabled && message.receive_searches)) {
			frm.set_intro(__("This search does not run: switch on {0} and its box Searches.", [frappe.utils.escape_html(account)]), "orange");
		}
	});
}

function call(frm, verb) {
	const method = `social_care.api.searching.${verb}`;
	return frappe.call({ method, args: { search: frm.doc }, freeze: true }).then(({ message }) => message);
}

function ask_first(frm) {
	call(frm, "describe_search").then((plan) => {
		const run = () => call(frm, "try_search").then(show);
		if (!plan.price) {
			run();
			return;
		}
		const query = frappe.utils.escape_html(plan.query);
		frappe.confirm(`<p><code>${query}</code></p>${__("Trying this search costs up to {0}.", ["$" + plan.price])}`, run);
	});
}

function show(found) {
	const escape = frappe.utils.escape_html;
	const link = (hit) =>
		/^https?:/.test(hit.link || "") ? `<a href="${escape(hit.link)}" target="_blank" rel="noopener noreferrer">${__("Open")}</a>` : "";
	const row = (hit) => `<tr>
		<td>${hit.sent_at ? frappe.datetime.str_to_user(hit.sent_at) : ""}</td>
		<td>${escape(hit.author)}</td>
		<td>${escape(hit.text)}</td>
		<td>${hit.why ? escape(hit.why) : `<b>${__("Ticket")}</b>`}</td>
		<td>${link(hit)}</td>
	</tr>`;
	const head = [__("When"), __("Who"), __("Text"), __("Would Become"), ""].map((one) => `<th>${one}</th>`).join("");
	const table = `<table class="table table-bordered small"><thead><tr>${head}</tr></thead><tbody>${found.hits.map(row).join("")}</tbody></table>`;
	const cost = found.cost ? `<p>${__("This has cost {0}.", ["$" + found.cost])}</p>` : "";
	const left = found.left.length ? `<p>${__("Checked after fetching: {0}.", [found.left.map(escape).join(", ")])}</p>` : "";
	frappe.msgprint({
		title: __("{0} of {1} hits would have been tickets", [found.hits.filter((hit) => !hit.why).length, found.hits.length]),
		message: `<p><code>${escape(found.query)}</code></p>${left}${cost}${found.hits.length ? table : ""}`,
		wide: true,
	});
}
