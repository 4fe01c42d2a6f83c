frappe.listview_settings["Social Payload"] = {
	add_fields: ["state"],
	has_indicator_for_draft: true,
	hide_name_column: true,
	get_indicator(doc) {
		const colours = { Received: "blue", Processing: "yellow", Done: "green", Parked: "red", Retry: "orange" };
		return [__(doc.state), colours[doc.state] || "gray", `state,=,${doc.state}`];
	},
	formatters: {
		feed(feed) {
			const names = {
				mentions: __("Mentions and Replies"),
				direct_messages: __("Direct Messages"),
				entries: __("Entries"),
				webhook: __("Webhook"),
			};
			return names[feed] || String(feed || "").replace(/[<>]/g, "");
		},
	},
};
