//! Handlers of the room `lab` of the table: recall, reflect and retain by hand; why a fact is not there; saved checks.
