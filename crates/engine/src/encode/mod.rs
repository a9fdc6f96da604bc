//! Text to vectors: all-MiniLM-L6-v2 on the processor.
