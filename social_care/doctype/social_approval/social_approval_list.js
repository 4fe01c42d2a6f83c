frappe.listview_settings["Social Approval"] = {
	has_indicator_for_draft: true,
	get_indicator(doc) {
		const colours = { Waiting: "orange", Approved: "green", Edited: "blue", Rejected: "red", Withdrawn: "gray" };
		return [__(doc.decision), colours[doc.decision], `decision,=,${doc.decision}`];
	},
};
