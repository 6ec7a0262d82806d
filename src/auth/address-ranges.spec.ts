import { describe, expect, it } from 'vitest';
import { AddressRanges } from './address-ranges.js';

const ranges = new AddressRanges(['192.0.2.7', '10.0.0.0/8', '2001:db8::/32', '::1']);

describe('AddressRanges', () => {
  it.each(['192.0.2.7', '10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3', '2001:db8:ffff::1', '::1'])(
    'include %s',
    (address) => expect(ranges.include(address)).toBe(true),
  );

  it.each(['192.0.2.8', '11.0.0.0', '::ffff:11.1.2.3', '2001:db9::1', '::2', 'localhost', '', undefined])(
    'do not include %s',
    (address) => expect(ranges.include(address)).toBe(false),
  );

  it('include nothing where what they were given is no range', () => {
    expect(new AddressRanges(['everywhere', '']).include('10.0.0.1')).toBe(false);
  });
});
