/** Observations of a bank that are looked through at first, and once more each time somebody asks to look further. */
export const LOOK = 5000;
