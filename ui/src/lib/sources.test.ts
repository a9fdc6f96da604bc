// That docs/inspecting.md tells of every source of figures, and of the same ones as estimates.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { SOURCES, from, type Source } from './sources';

const inspecting = readFileSync(resolve('../docs/inspecting.md'), 'utf8');
const told = new Map(
  [...inspecting.matchAll(/^\| `([a-z]+)` \| (.+?) \| *(est\.)? *\|$/gm)].map((row) => [
    row[1],
    row[3] === 'est.',
  ]),
);

it('every source stands in docs/inspecting.md, estimates as such', () => {
  const here = (Object.keys(SOURCES) as Source[]).map((name) => [
    name,
    from(name)['data-estimated'] === true,
  ]);
  expect([...told]).toEqual(here);
});

it('a source says itself in words, and every estimate says that it is one', () => {
  for (const name of Object.keys(SOURCES) as Source[]) {
    const { title } = from(name);
    expect(title.length).toBeGreaterThan(8);
    expect(/estimated|late by/i.test(title), name).toBe(from(name)['data-estimated'] === true);
  }
});
