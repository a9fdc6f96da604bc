//! Banks themselves: the list, names, copies, templates, archives, transfers.

commands! {}
