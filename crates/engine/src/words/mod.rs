//! Words as the keyword index and the entity index see them.
