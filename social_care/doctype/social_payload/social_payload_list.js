frappe.listview_settings["Social Payload"] = {
	has_indicator_for_draft: true,
	get_indicator(doc) {
		const colours = { Received: "blue", Processing: "yellow", Done: "green", Parked: "red", Retry: "orange" };
		return [__(doc.state), colours[doc.state] || "gray", `state,=,${doc.state}`];
	},
};
