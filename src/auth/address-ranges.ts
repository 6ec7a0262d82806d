import { BlockList, isIP } from 'node:net';

/** IP addresses, and ranges of them as `10.0.0.0/8`. */
export class AddressRanges {
  private readonly list = new BlockList();

  /** @param ranges what is none of them is in no range: nobody is let in by mistake. */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const [address = '', prefix] = range.split('/');
      const family = familyOf(address);
      if (family === undefined) continue;
      if (prefix === undefined) this.list.addAddress(address, family);
      else this.list.addSubnet(address, Number(prefix), family);
    }
  }

  /** @param address of a socket; one of IPv4 may be written as IPv6 writes it. */
  include(address: string | undefined): boolean {
    if (address === undefined) return false;
    const family = familyOf(address);
    return family !== undefined && this.list.check(address, family);
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const family = isIP(address);
  if (family === 0) return undefined;
  return family === 4 ? 'ipv4' : 'ipv6';
}
