import { beforeEach, describe, expect, it } from 'vitest';
import type { ReflectedAgain } from '$gen/ReflectedAgain';
import { answering, asked } from '../host/fake';
import { reflectAgain } from './reflectAgain.svelte';

const gone = { notAgain: { kind: 'bank_gone' } } as ReflectedAgain;
const names = () => asked.map(({ name }) => name);

beforeEach(() => {
  asked.length = 0;
});

describe('a reflect made again', () => {
  it('is asked at a press only, and stays with its turn', async () => {
    const restore = answering({ 'turn.reflectAgain': () => gone });
    const again = reflectAgain('chat', 'turn');
    expect(names()).toEqual([]);
    await again.ask();
    restore();
    expect(names()).toEqual(['turn.reflectAgain']);
    expect(reflectAgain('chat', 'turn').answer).toEqual(gone);
    expect(reflectAgain('chat', 'another').answer).toBeNull();
  });

  it('is asked once while it runs, and dropped when it is cancelled', async () => {
    let come: (told: ReflectedAgain) => void = () => undefined;
    const restore = answering({
      'turn.reflectAgain': () => new Promise<ReflectedAgain>((resolve) => (come = resolve)),
      'lab.cancel': () => ({}) as never,
    });
    const again = reflectAgain('chat', 'slow');
    const first = again.ask();
    await again.ask();
    expect(names(), 'a second press costs nothing').toEqual(['turn.reflectAgain']);
    again.cancel();
    expect([again.started, again.cancelled]).toEqual([null, true]);
    come(gone);
    await first;
    restore();
    expect(again.answer, 'what comes after that is not shown').toBeNull();
    const [run, cancelled] = asked.map(({ request }) => (request as { run: string }).run);
    expect([names().at(-1), cancelled]).toEqual(['lab.cancel', run]);
  });

  it('that fails keeps what was there, and is no more than it was when too many are kept', async () => {
    const again = reflectAgain('chat', 'failing');
    let restore = answering({ 'turn.reflectAgain': () => gone });
    await again.ask();
    restore();
    restore = answering({
      'turn.reflectAgain': () => {
        throw new Error('broken');
      },
    });
    await again.ask();
    restore();
    expect(again.answer).toEqual(gone);
    expect(again.error).not.toBeNull();
    for (let n = 0; n < 40; n++) reflectAgain('chat', `turn-${n}`);
    expect(reflectAgain('chat', 'failing').answer, 'the oldest went').toBeNull();
  });
});
