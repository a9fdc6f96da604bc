//! The first gate that kept a fact out of a recall, and the smallest change that lets it in.
