// Which sections of the detail pane are open: kept from memory to memory, so that walking a list compares like with like.
export const open = $state({
  place: true,
  sources: true,
  observations: false,
  links: false,
  turns: false,
  history: false,
  madeBy: false,
  raw: false,
});
