import { BlockList, isIP } from 'node:net';

/**
 * Where requests to a provider may go.
 * - `strict`: to public addresses alone, over TLS, whatever its URL says;
 * - `operator`: also to private ones where the URL itself names one, by its address or by a name that can be no public one;
 * - `private`: to any.
 *
 * None of them reaches what tells a machine its credentials: link-local addresses and the clouds' metadata services.
 */
export type Egress = 'strict' | 'operator' | 'private';

/** @see https://www.iana.org/assignments/iana-ipv4-special-registry */
const PRIVATE = listOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // IPv4 within IPv6, in all its ways, is judged as private: it may hold any of the above.
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2001::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]);

const METADATA = listOf([
  '169.254.0.0/16',
  // Alibaba's metadata service and Azure's wire server.
  '100.100.100.200/32',
  '168.63.129.16/32',
  '::169.254.0.0/112',
  '::ffff:169.254.0.0/112',
  '64:ff9b::169.254.0.0/112',
  '2002:a9fe::/32',
  // AWS.
  'fd00:ec2::/32',
  'fe80::/10',
]);

const METADATA_NAMES: ReadonlySet<string> = new Set([
  'instance-data',
  'instance-data.ec2.internal',
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
]);

/**
 * Ends of names that never are public ones.
 * @see https://www.rfc-editor.org/rfc/rfc6762#appendix-G
 * @see https://www.iana.org/assignments/special-use-domain-names
 */
const LOCAL_NAME =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|home|home\.arpa|lan|svc|test)$/;

/** What is the matter with a URL that requests shall go to; `undefined` where nothing is. Never echoes it. */
export function egressProblem(url: string, egress: Egress): string | undefined {
  if (!URL.canParse(url)) return 'is not an http(s) URL';
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') return 'holds a user name or a password';
  if (protocol !== 'https:' && (egress === 'strict' || protocol !== 'http:')) {
    return egress === 'strict' ? 'is not an https URL' : 'is not an http(s) URL';
  }
  return mayGoTo(hostname, egress) ? undefined : 'names a host that requests may not go to';
}

/** Whether a host may be asked at all, by what it is called. An address of IPv6 may stand in brackets. */
export function mayGoTo(host: string, egress: Egress): boolean {
  const name = nameOf(host);
  if (isIP(name) !== 0) return mayConnect(name, name, egress);
  return !METADATA_NAMES.has(name) && (egress !== 'strict' || !isLocalName(name));
}

/** Whether a connection may be made to an address that a host was found to have. */
export function mayConnect(host: string, address: string, egress: Egress): boolean {
  if (holds(METADATA, address)) return false;
  if (egress === 'private' || !holds(PRIVATE, address)) return true;
  const name = nameOf(host);
  return egress === 'operator' && (isIP(name) !== 0 || isLocalName(name));
}

/** As it is compared: `LOCALHOST.` and `[::1]` are `localhost` and `::1`. */
function nameOf(host: string): string {
  return host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** One label alone is the name of a container or of a machine nearby. */
function isLocalName(name: string): boolean {
  return !name.includes('.') || LOCAL_NAME.test(name);
}

interface Ranges {
  readonly ipv4: BlockList;
  readonly ipv6: BlockList;
}

/** Two lists: Node would find every address of IPv4 in `::ffff:0:0/96`. */
function listOf(ranges: readonly string[]): Ranges {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const range of ranges) {
    const [net = '', prefix] = range.split('/');
    const family = net.includes(':') ? 'ipv6' : 'ipv4';
    lists[family].addSubnet(net, Number(prefix), family);
  }
  return lists;
}

function holds(ranges: Ranges, address: string): boolean {
  // Without the zone of `fe80::1%eth0`.
  const [bare = ''] = address.split('%');
  const family = isIP(bare);
  // What is no address is none that could be allowed.
  if (family === 0) return true;
  return family === 4 ? ranges.ipv4.check(bare, 'ipv4') : ranges.ipv6.check(bare, 'ipv6');
}
