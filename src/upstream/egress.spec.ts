import { describe, expect, it } from 'vitest';
import { egressProblem, mayConnect } from './egress.js';

const words = (text: string): string[] => text.trim().split(/\s+/);

const GOOD = [
  'https://api.openai.com/v1',
  'https://8.8.8.8',
  'https://[2606:4700:4700::1111]:8443/v1',
  'https://a.co.',
];

/** Rows 92 to 104 of the list of bad inputs: this machine, the network it is in, and what is neither. */
const PRIVATE = words(`
  127.0.0.1 127.1 2130706433 0x7f.1 0177.0.0.1 0 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255
  192.168.1.1 192.0.0.1 198.18.0.1 198.19.255.255 100.64.0.1 100.127.255.255 224.0.0.1 240.0.0.1
  255.255.255.255 [::1] [::] [::ffff:127.0.0.1] [::ffff:10.0.0.1] [::127.0.0.1] [64:ff9b::7f00:1]
  [64:ff9b:1::] [2002:7f00:1::] [2001::1] [fc00::1] [fd12:3456::1] [fec0::1] [ff02::1] localhost
  localhost. LOCALHOST a.localhost ollama gpu.local vllm.ml.svc.cluster.local host.docker.internal
  box.lan box.home.arpa
`);

const METADATA = words(`
  169.254.169.254 0xa9fea9fe 100.100.100.200 168.63.129.16 [fd00:ec2::254] [fe80::1]
  [::ffff:169.254.169.254] [::169.254.169.254] [64:ff9b::a9fe:a9fe] [2002:a9fe:a9fe::]
  metadata.google.internal metadata.google.internal. Metadata.Goog metadata instance-data
`);

describe('what a URL may name', () => {
  it.each(GOOD)('%s, whoever names it', (url) => {
    expect(['strict', 'operator', 'private'].map((egress) => egressProblem(url, egress as 'strict'))).toEqual(
      Array(3).fill(undefined),
    );
  });

  it.each(PRIVATE)('%s: an operator only', (host) => {
    const url = `https://${host}/v1`;
    expect(egressProblem(url, 'strict')).toBe('names a host that requests may not go to');
    expect(egressProblem(url, 'operator')).toBeUndefined();
    expect(egressProblem(url, 'private')).toBeUndefined();
  });

  it.each(METADATA)('%s: nobody', (host) => {
    for (const egress of ['strict', 'operator', 'private'] as const) {
      expect(egressProblem(`https://${host}/v1`, egress)).toBe('names a host that requests may not go to');
    }
  });

  it.each([
    // Row 108: read by some as 1.1.1.1.
    ['https://1.1.1.1 &@2.2.2.2#', 'holds a user name or a password'],
    ['https://user@api.example.com', 'holds a user name or a password'],
    ['https://:secret@api.example.com', 'holds a user name or a password'],
    ['http://api.example.com', 'is not an https URL'],
    ['ftp://api.example.com', 'is not an https URL'],
    ['file:///etc/passwd', 'is not an https URL'],
    ['api.example.com', 'is not an http(s) URL'],
    ['https://', 'is not an http(s) URL'],
  ])('not %s', (url, problem) => {
    expect(egressProblem(url, 'strict')).toBe(problem);
  });

  it('no plain HTTP of others than operators', () => {
    expect(egressProblem('http://api.example.com', 'operator')).toBeUndefined();
    expect(egressProblem('ftp://api.example.com', 'operator')).toBe('is not an http(s) URL');
  });
});

describe('where a name may lead', () => {
  it.each([
    ['api.example.com', '203.0.113.7', [true, true, true]],
    ['api.example.com', '2606:4700::1', [true, true, true]],
    ['api.example.com', '10.0.0.1', [false, false, true]],
    ['api.example.com', '::ffff:10.0.0.1', [false, false, true]],
    ['localhost.example.com', '127.0.0.1', [false, false, true]],
    ['ollama', '172.17.0.2', [false, true, true]],
    ['gpu.internal.', 'fd12::1', [false, true, true]],
    ['ollama', '169.254.169.254', [false, false, false]],
    ['ollama', 'fe80::1%eth0', [false, false, false]],
    ['ollama', 'no address', [false, false, false]],
  ] as const)('%s to %s', (host, address, expected) => {
    expect((['strict', 'operator', 'private'] as const).map((egress) => mayConnect(host, address, egress))).toEqual(
      expected,
    );
  });
});
