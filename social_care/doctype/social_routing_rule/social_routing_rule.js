// Before a rule is saved, it can be tried on what came in lately.

frappe.ui.form.on("Social Routing Rule", {
	refresh(frm) {
		frm.add_custom_button(__("Try on the last 500 messages"), () => {
			frappe
				.call({ method: "social_care.api.routing.try_rule", args: { rule: frm.doc }, freeze: true })
				.then(({ message }) => show(message));
		});
	},
});

function show(found) {
	const rows = found.messages.map(
		(one) => `<tr>
			<td>${frappe.datetime.str_to_user(one.creation)}</td>
			<td>${frappe.utils.escape_html(one.author || "")}</td>
			<td>${frappe.utils.escape_html(one.text || "")}</td>
			<td>${one.ticket ? `<a href="/helpdesk/tickets/${encodeURIComponent(one.ticket)}">#${frappe.utils.escape_html(one.ticket)}</a>` : ""}</td>
		</tr>`
	);
	const table = rows.length
		? `<table class="table table-bordered small"><thead><tr>
			<th>${__("When")}</th><th>${__("Who")}</th><th>${__("Text")}</th><th>${__("Ticket")}</th>
			</tr></thead><tbody>${rows.join("")}</tbody></table>`
		: "";
	frappe.msgprint({
		title: __("{0} of {1} messages fit", [found.fitting, found.tried]),
		message: `<p>${__("Messages that a rule before this one would have taken are counted too.")}</p>${table}`,
		wide: true,
	});
}
