// Base addresses with places to fill in, e.g. `https://{resource}.openai.azure.com`: which places there are, the address
// that comes of them, and the way back. Pure.
import type { Platform } from '$gen/Platform';
import type { Preset } from '$gen/Preset';

/** A place in an address, as a field. */
export interface Place {
  name: string;
  label: string;
  hint?: string;
  placeholder?: string;
}

const PLACE = /\{([^{}]+)\}/g;

/** Where a platform's requests go when its entry says nothing; from the vendors' own references. */
const USUAL: Record<Platform['kind'], string> = {
  plain: '',
  azure: 'https://{resource}.openai.azure.com',
  vertex: 'https://{location}-aiplatform.googleapis.com',
  bedrock: 'https://bedrock-runtime.{region}.amazonaws.com',
};

const SAID: Record<string, Omit<Place, 'name'>> = {
  resource: { label: 'Resource', placeholder: 'my-resource' },
  region: { label: 'Region', placeholder: 'us-east-1' },
  location: { label: 'Location', placeholder: 'us-central1' },
  project: { label: 'Project', placeholder: 'my-project-123456' },
  account_id: { label: 'Account ID' },
  account: { label: 'Account' },
  workspace: { label: 'Workspace', hint: 'The first part of the workspace’s host name.' },
};

/** A place's name as words: `CLOUDFLARE_GATEWAY_ID` becomes `Cloudflare gateway ID`. */
function label(name: string): string {
  const words = name.replace(/[_-]+/g, ' ').toLowerCase().replace(/\b(id|url|api)\b/g, (word) => word.toUpperCase()); // prettier-ignore
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * The address of an entry with its places; empty when there is nothing to fill in. One that begins with a place is the
 * person's own address as a whole, so it is typed as a whole.
 */
export function templateOf(preset: Pick<Preset, 'baseUrl' | 'platform'>): string {
  const written = preset.baseUrl === '' ? USUAL[preset.platform.kind] : preset.baseUrl;
  return written.includes('{') && !written.startsWith('{') ? written : '';
}

/** The places of an address, each once, in the order they stand. */
export function places(template: string): Place[] {
  const names = [...new Set([...template.matchAll(PLACE)].map(([, name = '']) => name))];
  return names.map((name) => ({ name, label: label(name), ...SAID[name] }));
}

/** The address with its places filled in; one that is not filled in stays as it is written. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  // Vertex AI's global endpoint has no location in front of its name.
  const usual = values.location === 'global' ? template.replace('{location}-', '') : template;
  return usual.replace(PLACE, (written, name: string) => values[name]?.trim() || written);
}

/** The values that fill a template so that it becomes this address; null when none do. */
export function readPlaces(template: string, address: string): Record<string, string> | null {
  const names: string[] = [];
  const pattern = template
    .split(PLACE)
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      const seen = names.indexOf(part);
      if (seen >= 0) return `\\${seen + 1}`;
      names.push(part);
      return '([^/?#]+?)';
    })
    .join('');
  const found = new RegExp(`^${pattern}/?$`).exec(address);
  return found && Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? '']));
}

/** An Azure resource as it is typed, its name or its whole address, as an address. */
export function azureAddress(template: string, typed: string): string {
  const resource = typed.trim();
  if (/^https?:\/\//i.test(resource)) return resource;
  if (resource.includes('.')) return `https://${resource}`;
  return fill(template || USUAL.azure, { resource });
}
