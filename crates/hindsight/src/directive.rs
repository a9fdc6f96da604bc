//! Directives: rules that reflect obeys.
