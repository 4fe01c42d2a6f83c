frappe.listview_settings["Social Message"] = {
	add_fields: ["author_name", "direction", "state", "ticket", "deleted_at"],
	has_indicator_for_draft: true,
	hide_name_column: true,
	formatters: {
		// Not everybody has a handle; without one Frappe would show the record's id. Frappe asks with other columns' values, too.
		author_handle: (handle, field, doc) => String(handle || doc.author_name || __("Nobody named")).replace(/[<>]/g, ""),
	},
	get_indicator(doc) {
		if (doc.deleted_at) {
			return [__("Gone"), "gray", "deleted_at,is,set"];
		}
		if (doc.direction === "Out" && doc.state) {
			const colours = {
				"Awaiting Approval": "purple",
				Queued: "blue",
				Sending: "yellow",
				Sent: "green",
				Failed: "red",
				Unknown: "orange",
				Cancelled: "gray",
				Rejected: "gray",
			};
			return [__(doc.state), colours[doc.state] || "gray", `state,=,${doc.state}`];
		}
		return doc.ticket ? [__("On a ticket"), "green", "ticket,is,set"] : [__("No ticket"), "gray", "ticket,is,not set"];
	},
};
