// Which images go with a message, and what is said about the others.
import { describe, expect, it } from 'vitest';
import { MAX_BYTES, MAX_COUNT, readImage, sift } from './images';

const file = (type: string, size = 10, name = 'a') => ({ name, type, size });

describe('sifting', () => {
  it('takes the four types that providers take', () => {
    const all = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'].map((type) => file(type));
    expect(sift(all, 0)).toEqual({ taken: all, refused: [] });
  });

  it('refuses other types by name', () => {
    const { taken, refused } = sift([file('application/pdf', 10, 'bill.pdf'), file('image/svg+xml')], 0);
    expect(taken).toEqual([]);
    expect(refused[0]).toBe('bill.pdf is not a PNG, JPEG, GIF or WebP image.');
    expect(refused).toHaveLength(2);
  });

  it('takes the largest and refuses one byte more', () => {
    expect(sift([file('image/png', MAX_BYTES)], 0).taken).toHaveLength(1);
    expect(sift([file('image/png', MAX_BYTES + 1)], 0).refused[0]).toContain('20.0');
  });

  it('refuses an empty file', () => {
    expect(sift([file('image/png', 0, 'hole.png')], 0).refused).toEqual(['hole.png is empty.']);
  });

  it('counts those that are there already', () => {
    const { taken, refused } = sift(
      Array.from({ length: 3 }, () => file('image/png')),
      MAX_COUNT - 1,
    );
    expect(taken).toHaveLength(1);
    expect(refused).toEqual(['A message takes 10 images. 2 were left out.']);
  });

  it('does not count refused ones', () => {
    expect(sift([file('text/plain'), file('image/png')], MAX_COUNT - 1).taken).toHaveLength(1);
  });
});

it('a file becomes base64 without its header', async () => {
  const image = await readImage(new File([new Uint8Array([1, 2, 255])], 'dot.png', { type: 'image/png' }));
  expect(image).toEqual({ name: 'dot.png', mediaType: 'image/png', base64: 'AQL/' });
});
