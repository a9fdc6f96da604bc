// Where a figure of the panel comes from. Every figure stands in an element that says so: `<dd {...from('clock')}>`. The
// browser lane reads the panel and fails at a figure that does not; docs/inspecting.md lists the same names.

interface Told {
  /** What is said on hover and to screen readers. */
  words: string;
  /** Whether it is counted or worked out here. It looks other, and carries `~`, `about` or `est.`. */
  estimated?: true;
}

/** All of them, by the name in `data-source`. */
export const SOURCES = {
  record: { words: 'Kept in the record of this turn, or counted in it' },
  server: { words: 'Told by the memory server when the turn asked it' },
  now: { words: 'Asked of the memory server now, not in the turn' },
  lists: { words: 'Counted in the memory server’s lists before and after the turn' },
  provider: { words: 'Reported by the model’s provider' },
  clock: { words: 'Measured by Rearview’s own clock' },
  rest: { words: 'Measured by Rearview’s own clock, less what the memory server says it took' },
  late: {
    words: 'The server is asked in growing steps, so this is late by up to one step',
    estimated: true,
  },
  counted: {
    words: 'Estimated: counted here with o200k, which is another vocabulary than most models’',
    estimated: true,
  },
  priced: { words: 'Estimated: tokens counted here, times the list price', estimated: true },
  cost: { words: 'Tokens that the provider reported, times the list price' },
  prices: { words: 'From the price list that came with Rearview, or your own' },
  laid: { words: 'Counted while the recorded turns were laid out that way' },
  simulated: {
    words: 'Estimated: the recorded turns laid out that way, in tokens counted here',
    estimated: true,
  },
  plan: { words: 'What would be sent; nothing has been sent yet' },
  replay: { words: 'Counted in the replays that are kept with this turn' },
  distance: { words: 'Worked out from the words of the answers: 0 the same words, 1 none in common' },
  settings: { words: 'A setting, or a limit of this app' },
  store: { words: 'Counted in what this app has stored' },
} as const satisfies Record<string, Told>;

export type Source = keyof typeof SOURCES;

/** The attributes of an element whose figures are from there. */
export function from(source: Source): {
  'data-source': Source;
  'data-estimated': true | undefined;
  title: string;
} {
  const told: Told = SOURCES[source];
  return { 'data-source': source, 'data-estimated': told.estimated, title: told.words };
}
