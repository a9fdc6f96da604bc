//! What the server asked its models, and whether they answer.
