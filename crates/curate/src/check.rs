//! Saved questions with what must and must not come back, as red and green.
