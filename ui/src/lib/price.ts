// Money as the page writes it: prices per million tokens, what a check cost, what reading for memory would cost. Pure.
// Prices come from the catalogue, in US dollars; one that is not known is said to be so and never guessed.
import type { ModelCard } from '$gen/ModelCard';

/**
 * What reading one turn for memory takes, in tokens, rounded up: instructions and what was said in, facts out. Taken
 * from the engine's extraction prompt (about 1,400 tokens) and an exchange of about 600; an estimate, and said to be.
 */
export const READ_A_TURN = { input: 2_000, output: 300 };

/** An amount in US dollars, with as many digits as say something: `$3`, `$0.25`, `$0.000012`. */
export function usd(amount: number): string {
  if (amount === 0) return '$0';
  if (amount >= 1000) return `$${Math.round(amount).toLocaleString('en')}`;
  if (amount >= 1) return `$${amount.toFixed(2).replace(/\.00$/, '')}`;
  const digits = Math.min(8, 1 - Math.floor(Math.log10(amount)));
  const text = amount.toFixed(digits).replace(/0+$/, '').replace(/\.$/, '');
  return text === '0' ? 'under $0.00000001' : `$${text.replace(/^(0\.\d)$/, '$10')}`;
}

/** Prices of a million tokens in and out, `$3 / $15`; null when neither is known. */
export function perMillion(card: ModelCard | null): string | null {
  if (card === null || (card.inputPrice === null && card.outputPrice === null)) return null;
  const said = (price: number | null) => (price === null ? '?' : usd(price));
  return `${said(card.inputPrice)} / ${said(card.outputPrice)}`;
}

/** What 100 turns would cost when this model reads them for memory, in US dollars; null when a price is not known. */
export function readingCost(card: ModelCard | null): number | null {
  if (card === null || card.inputPrice === null || card.outputPrice === null) return null;
  const turn = READ_A_TURN.input * card.inputPrice + READ_A_TURN.output * card.outputPrice;
  return (turn * 100) / 1_000_000;
}

/** What a check cost, as a sentence; null when no model was asked. */
export function checkCost(amount: number | null, asked: boolean): string | null {
  if (!asked) return null;
  if (amount === null)
    return 'What the check cost is not known: the model’s price or its count of tokens is not.';
  return amount === 0 ? 'The check cost nothing.' : `The check cost ${usd(amount)}.`;
}
