// A storm in figures, and what supervisors decide about it.

frappe.ui.form.on("Social Storm", {
	refresh(frm) {
		show_figures(frm);
		if (frm.doc.ticket) {
			frm.add_web_link(`/helpdesk/tickets/${encodeURIComponent(frm.doc.ticket)}`, __("Open the parent ticket"));
		}
		if (!frappe.user.has_role("Social Care Supervisor")) {
			return;
		}
		if (frm.doc.state === "Active") {
			frm.add_custom_button(__("Holding reply"), () => write_reply(frm)).addClass("btn-primary");
		}
		if (frm.doc.text && !frm.doc.stopped) {
			frm.add_custom_button(__("Stop"), () => decide(frm, "stop")).addClass("btn-danger");
		}
		frm.add_custom_button(__("Make tickets of all that are left"), () => {
			frappe.confirm(__("The storm ends, and each message that is left gets a ticket of its own. Go on?"), () =>
				decide(frm, "finish", { release: 1 })
			);
		});
		frm.add_custom_button(__("Close with a note"), () => {
			const why = { fieldname: "note", fieldtype: "Small Text", label: __("Why the rest needs no tickets"), reqd: 1 };
			frappe.prompt([why], ({ note }) => decide(frm, "finish", { note }), __("Close with a note"));
		});
	},
});

function call(frm, verb, args, type = "POST") {
	const given = { storm: frm.doc.name, ...args };
	return frappe.call({ method: `social_care.api.storms.${verb}`, type, args: given, freeze: type === "POST" });
}

function decide(frm, verb, args) {
	return call(frm, verb, args).then(() => frm.reload_doc());
}

function show_figures(frm) {
	call(frm, "look", {}, "GET").then(({ message: count }) => {
		const lines = [
			__("{0} messages of {1} people", [count.messages, count.people]),
			(frm.doc.text || frm.doc.state === "Active") && __("Holding reply: {0} sent, {1} on their way, {2} wait, {3} not sent or unknown, {4} left out", [
				count.sent,
				count.queued,
				count.waiting,
				count.failed,
				count.left_out,
			]),
			__("{0} messages without a ticket of their own", [count.left]),
		];
		frm.set_intro(lines.filter(Boolean).map(frappe.utils.escape_html).join("<br>"), frm.doc.state === "Active" ? "orange" : "blue");
	});
}

function write_reply(frm) {
	const fields = [
		{
			fieldname: "text",
			fieldtype: "Small Text",
			label: __("Text"),
			reqd: 1,
			default: frm.doc.text,
			description: __("Everybody gets it once. {handle} stands for the person."),
		},
		{ fieldname: "per_minute", fieldtype: "Int", label: __("Replies a Minute"), reqd: 1, default: frm.doc.per_minute },
	];
	frappe.prompt(
		fields,
		({ text, per_minute }) => {
			call(frm, "preview", { text }).then(({ message: plan }) => {
				const escape = frappe.utils.escape_html;
				const cost = plan.cost ? `<p>${__("All together it costs {0}.", ["$" + plan.cost])}</p>` : "";
				const shown = [...plan.parts, ...plan.warnings].map((one) => `<p>${escape(one)}</p>`).join("");
				const who = plan.people === 1 ? __("One person gets:") : __("{0} people get this. The first one:", [plan.people]);
				frappe.prompt(
					[{ fieldname: "plan", fieldtype: "HTML", options: `<p>${who}</p>${shown}${cost}` }],
					() => decide(frm, "approve", { text, per_minute }),
					__("Holding reply"),
					__("Send")
				);
			});
		},
		__("Holding reply"),
		__("Preview")
	);
}
