//! Recall, reflect and retain by hand; why a fact is not there; saved checks.

commands! {}
