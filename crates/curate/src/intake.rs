//! Bringing memory in: pasted text, files, and exports of other chat apps.
