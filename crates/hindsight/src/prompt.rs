//! What a model will see.
