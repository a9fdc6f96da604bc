// Holds the colours to their contrast: words 4.5:1 on every ground they stand on, borders of controls 3:1.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync('src/style/tokens.css', 'utf8');

type Rgb = [number, number, number];

/** Linear light of an OKLCH colour, by Ottosson's matrices, cut to what a screen can show. */
function linear(l: number, c: number, h: number): Rgb {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const [x, y, z] = [
    (l + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (l - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (l - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ] as const;
  const rgb: Rgb = [
    4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
    -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
    -0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z,
  ];
  return rgb.map((value) => Math.min(1, Math.max(0, value))) as Rgb;
}

/** A colour, and how much of it covers what is behind. */
function colour(name: string, theme: 0 | 1): { rgb: Rgb; alpha: number } {
  const value = new RegExp(`--${name}: ([^;]+);`).exec(css)?.[1] ?? '';
  const colours = [...value.matchAll(/oklch\(([\d.]+) ([\d.]+) ([\d.]+)(?: \/ (\d+)%)?\)/g)];
  const [, l, c, h, alpha] = colours[colours.length > 1 ? theme : 0] ?? [];
  if (l === undefined) throw new Error(`--${name} is no plain colour: ${value}`);
  return {
    rgb: linear(Number(l), Number(c), Number(h)),
    alpha: alpha === undefined ? 1 : Number(alpha) / 100,
  };
}

const light = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const token = (name: string, theme: 0 | 1) => light(colour(name, theme).rgb);
const coded = (v: number) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);
const decoded = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);

/** A ground with a veil over it; screens mix the coded values. */
function veiled(veil: string, ground: string, theme: 0 | 1): number {
  const [front, back] = [colour(veil, theme), colour(ground, theme)];
  const mix = (v: number, at: number) =>
    decoded(coded(v) * front.alpha + coded(back.rgb[at] ?? 0) * (1 - front.alpha));
  return light(front.rgb.map(mix) as Rgb);
}

const ratioOf = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

function contrast(front: string, ground: string, theme: 0 | 1): number {
  const [a, b] = [token(front, theme), token(ground, theme)];
  return ratioOf(a, b);
}

const GROUNDS = ['bg', 'pane', 'raised', 'well'];
const WORDS = [
  'text', 'text-2', 'text-3', 'memory', 'good', 'warn', 'bad', 'fact-world', 'fact-experience', 'fact-observation',
]; // prettier-ignore
const TINTED = [
  'memory', 'good', 'warn', 'bad', 'fact-world', 'fact-experience', 'fact-observation',
]; // prettier-ignore

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('in the %s theme', (_, theme) => {
  it.each(WORDS)('%s can be read on every ground', (word) => {
    for (const ground of GROUNDS)
      expect([ground, contrast(word, ground, theme)]).toSatisfy(([, ratio]) => ratio >= 4.5);
  });

  it.each(WORDS)('%s can be read on every ground that is hovered', (word) => {
    for (const ground of GROUNDS)
      expect([ground, ratioOf(token(word, theme), veiled('hover', ground, theme))]).toSatisfy(
        ([, ratio]) => ratio >= 4.5,
      );
  });

  it.each(TINTED)('%s can be read on its own tint', (word) => {
    expect(contrast(word, `${word}-bg`, theme)).toBeGreaterThanOrEqual(4.5);
  });

  it('text-2 can be read on every tint', () => {
    for (const tint of TINTED) expect(contrast('text-2', `${tint}-bg`, theme)).toBeGreaterThanOrEqual(4.5);
  });

  it('buttons can be read and borders seen', () => {
    expect(contrast('on-strong', 'strong', theme)).toBeGreaterThanOrEqual(4.5);
    expect(contrast('on-bad-strong', 'bad-strong', theme)).toBeGreaterThanOrEqual(4.5);
    for (const ground of GROUNDS) {
      expect(contrast('line-strong', ground, theme)).toBeGreaterThanOrEqual(3);
      expect(contrast('focus', ground, theme)).toBeGreaterThanOrEqual(3);
    }
  });
});
