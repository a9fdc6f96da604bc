//! What a bank keeps inside: directives, mental models, operations, webhooks, logs.

commands! {}
