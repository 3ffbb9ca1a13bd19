import { describe, expect, it } from 'vitest';
import { billingOf, nameOf, placeOf, sentenceCase, stateOf, typeOf, versionOf } from './words';

describe('the words for a cluster', () => {
  it.each([
    { state: 'ready', word: 'Ready', tone: 'good' },
    { state: 'powering_down', word: 'Powering down', tone: 'moving' },
    { state: 'error', word: 'Error', tone: 'bad' },
    { state: 'brand_new_state', word: 'Brand new state', tone: 'careful' },
    { state: undefined, word: 'Unknown', tone: 'careful' },
  ])('state $state is $word', ({ state, word, tone }) => {
    expect(stateOf({ id: 'a', ...(state !== undefined && { state }) })).toEqual({ word, tone });
  });

  it.each([
    { product: 'rosa', hosted: true, want: 'ROSA (hosted)' },
    { product: 'rosa', hosted: undefined, want: 'ROSA (classic)' },
    { product: 'osdtrial', hosted: false, want: 'OSD trial' },
    { product: 'xyz', hosted: undefined, want: 'XYZ' },
    { product: undefined, hosted: true, want: undefined },
  ])('product $product, hosted $hosted is $want', ({ product, hosted, want }) => {
    expect(typeOf({ id: 'a', product: { id: product }, hypershift: { enabled: hosted } })).toBe(want);
  });

  it.each([
    { provider: 'aws', region: 'eu-west-1', want: 'AWS (eu-west-1)' },
    { provider: 'other', region: undefined, want: 'other' },
    { provider: undefined, region: 'eu-west-1', want: 'eu-west-1' },
    { provider: undefined, region: undefined, want: undefined },
  ])('provider $provider and region $region are $want', ({ provider, region, want }) => {
    expect(placeOf({ id: 'a', cloud_provider: { id: provider }, region: { id: region } })).toBe(want);
  });

  it('prefers the display name, and the version that runs', () => {
    expect(nameOf({ id: 'a', name: 'b', display_name: 'c' })).toBe('c');
    expect(nameOf({ id: 'a' })).toBe('a');
    expect(versionOf({ id: 'a', openshift_version: '4.18.5', version: { raw_id: '4.18.9' } })).toBe('4.18.5');
    expect(versionOf({ id: 'a', version: { raw_id: '4.18.9' } })).toBe('4.18.9');
  });

  it('names who bills', () => {
    expect(billingOf({ id: 'a', billing_model: 'marketplace-gcp' })).toBe('Google Cloud Marketplace');
    expect(billingOf({ id: 'a', billing_model: 'standard' })).toBe('Standard');
    expect(billingOf({ id: 'a' })).toBeUndefined();
  });

  it('writes a word of a closed list as a sentence begins', () => {
    expect(sentenceCase('marketplace-aws')).toBe('Marketplace aws');
    expect(sentenceCase('')).toBe('');
  });
});
