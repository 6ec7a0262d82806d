import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether a process here can be given a name server of its own. */
export const canHaveNameServer =
  process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;

const HEADER_BYTES = 12;
const IPV4 = 1;

/** A name server that finds the names it is told at the loopback, and says nothing about any other, as one that hangs. */
export class NameServer {
  /** That are found. */
  readonly known = new Set<string>();
  private readonly socket = createSocket('udp4', (question, from) => this.answer(question, from));

  private constructor(
    private readonly folder: string,
    /** What tells a process to ask it: see `resolv.conf(5)`. */
    readonly configuration: string,
  ) {}

  static async start(): Promise<NameServer> {
    const folder = await mkdtemp(join(tmpdir(), 'nestgate-names-'));
    const server = new NameServer(folder, join(folder, 'resolv.conf'));
    // Each has an address of its own, since its port is given.
    const address = `127.${randomInt(1, 255)}.${randomInt(255)}.${randomInt(1, 255)}`;
    server.socket.bind(53, address);
    await once(server.socket, 'listening');
    await writeFile(server.configuration, `nameserver ${address}\n`);
    return server;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.socket.close(resolve));
    await rm(this.folder, { recursive: true });
  }

  /** @see https://www.rfc-editor.org/rfc/rfc1035#section-4 */
  private answer(asked: Buffer, { port, address }: RemoteInfo): void {
    const labels: string[] = [];
    let at = HEADER_BYTES;
    for (let length = asked[at] ?? 0; length > 0; length = asked[at] ?? 0) {
      labels.push(asked.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    if (!this.known.has(labels.join('.'))) return;
    const isAsked = asked.readUInt16BE(at + 1) === IPV4;
    const question = asked.subarray(HEADER_BYTES, at + 5);
    const header = Buffer.from([0, 0, 0x81, 0x80, 0, 1, 0, isAsked ? 1 : 0, 0, 0, 0, 0]);
    asked.copy(header, 0, 0, 2);
    const found = Buffer.from([0xc0, HEADER_BYTES, 0, IPV4, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1]);
    this.socket.send(Buffer.concat(isAsked ? [header, question, found] : [header, question]), port, address);
  }
}
