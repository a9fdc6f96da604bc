// Which files go with a message, and as what.
import { describe, expect, it } from 'vitest';
import { MAX_BYTES, MAX_COUNT, mediaTypeOf, readFile, sift } from './files';

const file = (name: string, type = '', size = 10) => ({ name, type, size });
const none = { images: 0, files: 0 };

describe('the type of a file', () => {
  it('is PDF or a type of text, whatever the browser calls it', () => {
    expect(mediaTypeOf(file('a.pdf', 'application/pdf'))).toBe('application/pdf');
    expect(mediaTypeOf(file('A.PDF'))).toBe('application/pdf');
    expect(mediaTypeOf(file('a.csv', 'text/csv'))).toBe('text/csv');
    expect(mediaTypeOf(file('main.rs'))).toBe('text/plain');
    expect(mediaTypeOf(file('a.ts', 'video/mp2t'))).toBe('text/plain');
    expect(mediaTypeOf(file('a.json', 'application/json'))).toBe('text/plain');
    expect(mediaTypeOf(file('a.html', 'text/html;charset=utf-8'))).toBe('text/html');
  });
  it('is none for what no model reads', () => {
    for (const one of [file('a.zip', 'application/zip'), file('a.exe'), file('noending')])
      expect(mediaTypeOf(one)).toBeNull();
  });
});

describe('what came', () => {
  it('is sorted into images and files', () => {
    const { images, files, refused } = sift([file('a.png', 'image/png'), file('b.md')], none);
    expect([images.length, files.length, refused]).toEqual([1, 1, []]);
  });
  it('is refused with a sentence each, and nothing else is lost', () => {
    const came = [
      file('big.pdf', 'application/pdf', MAX_BYTES + 1),
      file('a.zip'),
      file('e.txt', 'text/plain', 0),
    ];
    const { files, refused } = sift([...came, file('ok.txt')], none);
    expect(files.map(({ name }) => name)).toEqual(['ok.txt']);
    expect(refused).toEqual([
      'big.pdf has 20.0\u202fMB. A file may have 20.0\u202fMB.',
      'a.zip is no image, PDF or text, so no model could read it.',
      'e.txt is empty.',
    ]);
  });
  it('is cut at the most a message takes, counting what is there already', () => {
    const many = Array.from({ length: 4 }, (_, n) => file(`${n}.txt`));
    const { files, refused } = sift(many, { images: 0, files: MAX_COUNT - 1 });
    expect([files.length, refused]).toEqual([1, [`A message takes ${MAX_COUNT} files. 3 were left out.`]]);
  });
});

it('a file is read to its bytes', async () => {
  const read = await readFile(new File(['héllo'], 'a.md'));
  expect(read).toEqual({ name: 'a.md', mediaType: 'text/plain', base64: 'aMOpbGxv' });
});
