frappe.listview_settings["Social Profile"] = {
	add_fields: ["display_name"],
	hide_name_column: true,
	formatters: {
		// Not everybody has a handle; without one Frappe would show the record's id. Frappe asks with other columns' values, too.
		handle: (handle, field, doc) => String(handle || doc.display_name || __("Nobody named")).replace(/[<>]/g, ""),
	},
};
