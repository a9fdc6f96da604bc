// Addresses with places to fill in, there and back.
import { expect, it } from 'vitest';
import { azureAddress, fill, places, readPlaces, templateOf } from './template';

const CLOUDFLARE = 'https://gateway.example/v1/{CLOUDFLARE_ACCOUNT_ID}/{gateway_id}/openai';

it('places are named for people and come once each', () => {
  expect(places(`${CLOUDFLARE}/{gateway_id}`).map((place) => place.label)).toEqual([
    'Cloudflare account ID',
    'Gateway ID',
  ]);
});

it('an address is filled in and read back', () => {
  const values = { CLOUDFLARE_ACCOUNT_ID: 'abc', gateway_id: 'main' };
  const address = fill(CLOUDFLARE, values);
  expect(address).toBe('https://gateway.example/v1/abc/main/openai');
  expect(readPlaces(CLOUDFLARE, address)).toEqual(values);
  expect(readPlaces(CLOUDFLARE, 'https://other.example/v1/abc/main/openai')).toBeNull();
});

it('what is not filled in stays written, so that it cannot be taken for an address', () => {
  expect(fill(CLOUDFLARE, { gateway_id: ' ' })).toBe(CLOUDFLARE);
});

it('the global endpoint of Vertex AI has no location in front of its name', () => {
  const vertex = templateOf({ baseUrl: '', platform: { kind: 'vertex', project: '', location: '' } });
  expect(fill(vertex, { location: 'global' })).toBe('https://aiplatform.googleapis.com');
  expect(fill(vertex, { location: 'us-central1' })).toBe('https://us-central1-aiplatform.googleapis.com');
});

it('an address that begins with a place is typed as a whole', () => {
  expect(templateOf({ baseUrl: '{API_BASE}/v1', platform: { kind: 'plain' } })).toBe('');
  expect(templateOf({ baseUrl: 'https://api.example/v1', platform: { kind: 'plain' } })).toBe('');
});

it('an Azure resource is taken by its name, its host or its address', () => {
  const template = 'https://{resource}.services.ai.azure.com/models';
  expect(azureAddress(template, ' west ')).toBe('https://west.services.ai.azure.com/models');
  expect(azureAddress('', 'west')).toBe('https://west.openai.azure.com');
  expect(azureAddress(template, 'west.openai.azure.com')).toBe('https://west.openai.azure.com');
  expect(azureAddress(template, 'https://west.openai.azure.com/')).toBe('https://west.openai.azure.com/');
});
