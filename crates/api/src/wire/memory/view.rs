//! Saved views of the fact browser.

use crate::wire::wire;
use serde_json::Value;

wire! {
    /// Keeps a view.
    request SaveView {
        /// The view that it takes the place of; none makes a new one.
        pub id: Option<String>,
        /// What it is called.
        pub name: String,
        /// Filters, order and columns, as the page wrote them. The page alone reads them again.
        pub view: Value,
    }

    /// Names a view.
    request ViewRef {
        /// The view.
        pub id: String,
    }
}

wire! {
    /// A view of the fact browser that was saved.
    answer SavedView {
        /// Its id.
        pub id: String,
        /// What it is called.
        pub name: String,
        /// Filters, order and columns, as the page wrote them.
        pub view: Value,
    }

    /// All saved views, the oldest first.
    answer ViewList {
        /// The views.
        pub items: Vec<SavedView>,
    }
}
